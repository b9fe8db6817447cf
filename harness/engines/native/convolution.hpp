// What surrounds the kernels of a convolution: the filters for the way back, and the sums of the
// filters' gradient.
#pragma once

#include "kernels.hpp"
#include "memory.hpp"

namespace engine {

// The numbers of a convolution.
struct ConvolutionShape {
    int outputs, inputs, kernel;
    int filters() const { return outputs * inputs * kernel * kernel; }
};

// The filters with which a gradient goes back: inputs and outputs swapped, rows and columns turned
// round. `filters` are those of the forward direction, [output][input][row][column].
std::vector<float> reversed(ConvolutionShape forward, const float* filters);

class FilterGradient {
public:
    explicit FilterGradient(ConvolutionShape shape);

    void clear();
    // Adds the sums over height x width positions of gradient[output][y][x] *
    // in[input][y + row][x + column].
    void add(Planes gradient, Planes in, int height, int width, Ahead& ahead);
    // All lanes together: [output][input][row][column].
    void finish(float* gradient) const;

private:
    ConvolutionShape shape_;
    VecBuffer sums_;  // lane by lane
};

}  // namespace engine
