// What happens to single values between one convolution and the next, forward (pointwise.cpp) and
// backward (pointwise_gradient.cpp).
#pragma once

#include <cstdint>

#include "layout.hpp"
#include "normaliser.hpp"
#include "sums.hpp"

namespace engine {

// Adds the sums of value - origin and of its square; with `rectify`, each value is first replaced
// by max(0, value).
void add_moments(Vec* values, int count, float origin, bool rectify, LaneSums& sums);
void rectify(Vec* values, int count);

// One channel of a tile: the convolution's outputs (after a ReLU that comes first), the dropout
// masks or null (three bytes beyond them may be read), the scale and shift of normalisation and
// dropout together, and the scale of dropout alone.
struct Pointwise {
    const Vec* outputs;
    const uint8_t* masks;
    float scale, shift, kept_scale;
};

// A channel of a tile, with the block that it belongs to.
struct Channel {
    const Layout& layout;
    Pointwise values;
};

// Rows of a plane, `row` vectors apart.
struct Lines {
    Vec* first;
    int row;
};

// Rows of the block's result: normalisation, ReLU, dropout, pooling. `out` begins with
// `rows.first`.
void produce_rows(const Channel& channel, Rows rows, Lines out);

// The way back, from the gradient of the channel's result, a dense plane, to the gradient of the
// normalised outputs, before dropout and pooling. Returns the sums of the latter, and of the latter
// times (output - mean), over the positions that are pooled into `rows` of the result.
LaneSums gradient_moments(const Channel& channel, Rows rows, const Vec* result_gradient,
                          float mean);

// What a channel's way back needs.
struct Gradient {
    const Vec* of_result;  // a dense plane
    Slope slope;
    Mask real;  // the lanes of real images; the others get 0
};

// Further back, to the gradient of the convolution's outputs, for these rows of them, which begin
// and end with windows or with the plane. `out` begins with row 0 of the plane.
void convolution_gradient(const Channel& channel, const Gradient& gradient, Rows rows, Lines out);

}  // namespace engine
