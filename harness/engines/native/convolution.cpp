#include "convolution.hpp"

#include <algorithm>

namespace engine {

std::vector<float> reversed(ConvolutionShape forward, const float* filters) {
    const int square = forward.kernel * forward.kernel;
    std::vector<float> result(forward.filters());
    for (int output = 0; output < forward.outputs; ++output)
        for (int input = 0; input < forward.inputs; ++input)
            for (int place = 0; place < square; ++place)
                result[(input * forward.outputs + output) * square + square - 1 - place] =
                    filters[(output * forward.inputs + input) * square + place];
    return result;
}

FilterGradient::FilterGradient(ConvolutionShape shape) : shape_(shape), sums_(shape.filters()) {}

void FilterGradient::clear() { std::fill_n(sums_.get(), shape_.filters(), Vec{}); }

void FilterGradient::add(Planes gradient, Planes in, int height, int width, Ahead& ahead) {
    correlate(gradient, in, shape_.outputs, shape_.inputs, shape_.kernel, height, width,
              sums_.get(), ahead);
}

void FilterGradient::finish(float* gradient) const {
    for (int i = 0; i < shape_.filters(); ++i)
        gradient[i] = static_cast<float>(sum_lanes(widened(sums_.get()[i])));
}

}  // namespace engine
