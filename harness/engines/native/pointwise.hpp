// What happens to single values between one convolution and the next, forward and backward.
#pragma once

#include <cstdint>

#include "kernels.hpp"
#include "wide.hpp"

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

// Sums over positions, lane by lane. Much of an image is one flat background, where roundings do not
// cancel: so only a few values are added up in float, and these sums in double.
template <int Width>
struct SumsOf {
    static constexpr int kWidth = Width;
    Wide<Width> first{}, second{};
    ENGINE_INLINE void add(const SumsOf& others) {
        first += others.first;
        second += others.second;
    }
};
using Sums = SumsOf<1>;

struct LaneSums {
    DoubleVec first{}, second{};
    ENGINE_INLINE void add(const Sums& few) {
        first += widened(few.first);
        second += widened(few.second);
    }
};

// Sums over everything.
struct Moments {
    double first = 0, second = 0;
    // Adds the first so many lanes, those of real images.
    void add(const LaneSums& sums, int images) {
        first += sum_lanes(sums.first, images);
        second += sum_lanes(sums.second, images);
    }
};

// Adds the sums of value - origin and of its square, with `rectify` after replacing each value by
// max(0, value).
void add_moments(Vec* values, int count, float origin, bool rectify, LaneSums& sums);
void rectify(Vec* values, int count);

// One channel of a tile: the convolution's outputs (after a ReLU that comes first), the dropout
// masks or null (three bytes beyond them may be read), the scale and shift of normalisation and dropout
// together, and that of dropout alone.
struct Pointwise {
    const Vec* outputs;
    const uint8_t* masks;
    float scale, shift, kept_scale;
};

// Rows of the block's result for one channel: normalisation, ReLU, dropout, pooling. Rows of `out`
// are `row` apart; the first is `rows.first`.
void produce_rows(const BlockSpec& spec, Shape convolved, const Pointwise& values, Rows rows,
                  Vec* out, int row);

// From rows of the gradient of the result (dense, the first is `rows.first`) to that of the
// normalisation's result, before dropout and pooling. Returns the sums of that gradient and of
// gradient * (output - mean).
LaneSums consume_rows(const BlockSpec& spec, Shape convolved, const Pointwise& values, Rows rows,
                  const Vec* result_gradient, float mean, Vec* gradient);

// Gradient through normalisation: slope * gradient + against_output * output + constant.
struct Slope {
    float slope, against_output, constant;
};

// The gradient of the convolution's outputs for `count` values; lanes that are not real get 0.
void convolution_gradient(Order order, const Vec* gradient, const Vec* outputs, Slope slope,
                          Mask real, int count, Vec* out);

}  // namespace engine
