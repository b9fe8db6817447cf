// The kernels: direct convolution of one tile (eight images) and its filters' gradient, for square
// filters and stride 1, in blocks of sums that stay in the registers. While they multiply, they
// fetch what lies ahead.
//
// A tile's planes lie as [channel][row][column], each value a vector over the eight images, so that
// every channel count vectorises alike and no sum crosses lanes but the last.
#pragma once

#include <cstddef>
#include <vector>

#include "ahead.hpp"
#include "vector.hpp"

namespace engine {

// Where the planes of a tile lie: distances, in vectors, from row to row and from plane to plane.
template <class T>
struct PlanesOf {
    T* data;
    int row, plane;
    PlanesOf from(int y, int x) const { return {data + ptrdiff_t(y) * row + x, row, plane}; }
};

using Planes = PlanesOf<const Vec>;
using MutablePlanes = PlanesOf<Vec>;

inline Planes constant(MutablePlanes planes) { return {planes.data, planes.row, planes.plane}; }

// Filters laid out for the kernels: output channels in blocks of up to six, and for each block
// [input channel][row][column][channel of the block].
class PackedFilters {
public:
    PackedFilters() = default;
    PackedFilters(int outputs, int inputs, int kernel);

    // From filters [output][input][row][column].
    void pack(const float* filters);

    int outputs() const { return outputs_; }
    int inputs() const { return inputs_; }
    int kernel() const { return kernel_; }
    bool finite() const { return finite_; }
    const float* data() const { return data_.data(); }

private:
    int outputs_ = 0, inputs_ = 0, kernel_ = 0;
    bool finite_ = true;
    std::vector<float> data_;
};

// The rows and columns of planes within which not all is zero, as they are in padded ones.
struct Filled {
    int top, bottom, left, right;
};

// out[output][y][x] = sum of filter * in[input][y + row][x + column], for height x width positions.
// Costs outputs * inputs * kernel^2 * height * width multiply-adds of vectors, but for filter rows,
// and columns, that see nothing but zeros (where all filters are finite).
void convolve(const PackedFilters& filters, Planes in, Filled filled, MutablePlanes out, int height,
              int width, Ahead& ahead);

// sums[output][input][row][column] += sum over positions of gradient[output][y][x] *
// in[input][y + row][x + column], lane by lane. Costs as much as `convolve`; to be called with few
// enough rows at a time that they stay in the first-level cache.
void correlate(Planes gradient, Planes in, int outputs, int inputs, int kernel, int height,
               int width, Vec* sums, Ahead& ahead);

}  // namespace engine
