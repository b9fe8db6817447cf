// The kernels: direct convolution of one tile (eight images) and its filters' gradient, for square
// filters and stride 1, in blocks of sums that stay in the registers. While they multiply, they
// fetch memory that will be needed next.
//
// A tile's planes are [channel][row][column], where each value is a vector over the eight images.
// So any number of channels vectorises equally well, and only the last sum crosses lanes.
#pragma once

#include <cstddef>
#include <vector>

#include "ahead.hpp"
#include "spec.hpp"
#include "vector.hpp"

namespace engine {

// The planes of a tile in memory: distances, in vectors, from row to row and from plane to plane.
template <class T>
struct PlanesOf {
    T* data;
    int row, plane;
    PlanesOf from(int y, int x) const { return {data + ptrdiff_t(y) * row + x, row, plane}; }
    PlanesOf channels_from(int channel) const {
        return {data + ptrdiff_t(channel) * plane, row, plane};
    }
};

using Planes = PlanesOf<const Vec>;
using MutablePlanes = PlanesOf<Vec>;

inline Planes constant(MutablePlanes planes) { return {planes.data, planes.row, planes.plane}; }

// Filters laid out for the kernels: output channels in blocks of up to six, and for each block
// [input channel][row][column][channel of the block].
class PackedFilters {
public:
    PackedFilters(FilterShape shape, const float* filters);

    FilterShape shape() const { return shape_; }
    bool finite() const { return finite_; }
    const float* data() const { return data_.data(); }

private:
    FilterShape shape_;
    bool finite_;
    std::vector<float> data_;
};

// The rows and columns of planes that are not all zero: those inside the padding.
struct Filled {
    int top, bottom, left, right;
};

// out[output][y][x] = sum of filter * in[input][y + row][x + column], for height x width positions.
struct Convolution {
    const PackedFilters& filters;
    Planes in;
    Filled filled;  // of `in`
    MutablePlanes out;
    int height, width;
};

// Costs outputs * inputs * kernel^2 * height * width multiply-adds of vectors; filter rows and
// columns that see only zeros are skipped if all filters are finite.
void convolve(const Convolution& work, Ahead& ahead);

// sums[output][input][row][column] += sum over height x width positions of gradient[output][y][x] *
// in[input][y + row][x + column], lane by lane.
struct Correlation {
    FilterShape filters;
    Planes gradient, in;
    int height, width;
    Vec* sums;
};

// Costs as much as `convolve`. Call it with so few rows at a time that they stay in the first-level
// cache.
void correlate(const Correlation& work, Ahead& ahead);

}  // namespace engine
