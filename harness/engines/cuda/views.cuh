// The device's memory, for all seeds of a group. Values are in the order
// [seed][tile][channel][row][column][lane]: a tile is eight images, one per lane.
//
// A kernel is a struct: what it is given, and an operator() that is the work of one thread,
// `(seed, plane, i)` for `planes` planes of `count` threads each. Where eight threads, the lanes of
// a tile, add up their sums in order, it has `lane_sums`, `images_of` and `put` instead; where
// threads take turns in making sums that are added up in order, `add_turn` and `put`; where they
// read from memory that a block shares, what stages.cuh says. A kernel that touches little memory
// is `kBrief`.
#pragma once

#include "../native/descent.hpp"
#include "../native/normaliser.hpp"
#include "../native/spec.hpp"
#include "platform.cuh"

namespace engine::cuda {

// Which seeds a kernel's blocks take, one after the other.
struct Walk {
    int first, step;  // step: 1 or -1
    DEVICE int seed(int number) const { return first + step * number; }
};

// Planes of a tile; distances in floats.
struct Planes {
    float* data;
    int row, plane, tile;
    size_t seed;
    DEVICE float* at(int s, int t, int c, int y, int x) const {
        return data + s * seed + (ptrdiff_t(t) * tile + c * plane + y * row + x * kLanes);
    }
};

// A channel, between its convolution and the next one.
struct Channel {
    Normaliser normaliser;
    float scale, shift, mean;  // normalisation and dropout together; the batch's mean
    float kept_scale;
    Slope slope;
};

// What a seed's recipe decides, beyond the network.
struct Rule {
    Descent descent;
    double label_smoothing;
    unsigned dropout_threshold;  // of 65,536
    float kept_scale;            // the factor of the values that dropout keeps
    int fill;                    // grey value of the corners that an affine map uncovers
    bool smooth;                 // sampled between four pixels rather than at the nearest
};

// The images of a training step: from place `first` of the epoch's order.
struct Step {
    int first, count;
};

// Which step of an epoch each seed is at. Launches are the same at each.
struct Clock {
    const int* now;     // [seed]
    const Step* steps;  // of an epoch
    int step_count;
    DEVICE int step(int seed) const { return now[seed]; }
    DEVICE int first(int seed) const { return steps[now[seed]].first; }
};

struct Outcome {
    double loss;
    int64_t correct;
};

// Two sums over the same things.
struct Two {
    double first, second;
};

// The sums of each channel's units, which are tiles, or strips of tiles.
struct Moments {
    Two* data;
    size_t seed;  // distance of seeds, the same for all blocks
    DEVICE Two* of(int s, int c, int units) const { return data + s * seed + c * units; }
};

// Rows whose products are added up before their sum is added to the others.
constexpr int kMostPortions = 127;
struct Portions {
    int count;
    uint16_t first[kMostPortions + 1];  // and the end of the last
};

}  // namespace engine::cuda
