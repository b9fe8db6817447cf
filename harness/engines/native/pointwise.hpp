// What happens to single values between one convolution and the next, forward (pointwise.cpp) and
// backward (pointwise_gradient.cpp).
#pragma once

#include <cstdint>

#include "kernels.hpp"
#include "sums.hpp"

namespace engine {

enum class Order { kNone, kRelu, kNorm, kReluNorm, kNormRelu };
enum class Pool { kNone, kMax, kAverage };

struct BlockSpec {
    int channels;
    int kernel;
    int padding;
    Order order;
    bool dropout;
    Pool pool;
    int pool_size;
};

struct Shape {
    int channels, height, width;
    int positions() const { return height * width; }
    int count() const { return channels * positions(); }
};

// Rows from `first` up to but without `last`.
struct Rows {
    int first, last;
    int count() const { return last - first; }
};

// Adds the sums of value - origin and of its square, with `rectify` after replacing each value by
// max(0, value).
void add_moments(Vec* values, int count, float origin, bool rectify, LaneSums& sums);
void rectify(Vec* values, int count);

// One channel of a tile: the convolution's outputs (after a ReLU that comes first), the dropout
// masks or null (three bytes beyond them may be read), the scale and shift of normalisation and
// dropout together, and that of dropout alone.
struct Pointwise {
    const Vec* outputs;
    const uint8_t* masks;
    float scale, shift, kept_scale;
};

// Rows of the block's result for one channel: normalisation, ReLU, dropout, pooling. Rows of `out`
// are `row` apart; the first is `rows.first`.
void produce_rows(const BlockSpec& spec, Shape convolved, const Pointwise& values, Rows rows,
                  Vec* out, int row);

// The way back, from the gradient of the result for one channel, a dense plane, to that of the
// normalised outputs, before dropout and pooling. Returns the sums of that and of it * (output -
// mean) over what is pooled into `rows` of the result.
LaneSums gradient_moments(const BlockSpec& spec, Shape convolved, const Pointwise& values,
                          Rows rows, const Vec* result_gradient, float mean);

// Gradient through normalisation: slope * gradient + against_output * output + constant.
struct Slope {
    float slope, against_output, constant;
};

// Further back, to the gradient of the convolution's outputs, for their rows, which begin and end
// with windows or with the plane; lanes that are not real get 0. Rows of `out` are `row` apart; the
// first is row 0 of the plane.
void convolution_gradient(const BlockSpec& spec, Shape convolved, const Pointwise& values,
                          Rows rows, const Vec* result_gradient, Slope slope, Mask real, Vec* out,
                          int row);

}  // namespace engine
