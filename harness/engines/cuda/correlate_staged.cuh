// The gradient of 3 x 3 filters where there are many seeds: a block makes all of a seed's. Its
// threads read from memory that they share, so that none waits for the device's memory.
#pragma once

#include "correlate.cuh"

namespace engine::cuda {

constexpr int kArrivalBytes = 128;  // at the beginning of shared memory, before two stages

// A copy of values that lie one after the other, to a place in shared memory: numbers of floats,
// multiples of four.
struct Staging {
    const float* from;
    int to, count;
};

// `O` outputs of one input, a unit, in one lane, over all portions of all tiles. A stage is some
// portions of a tile.
template <int O>
struct CorrelateStaged {
    static constexpr int kTogether = O < 4 ? 4 : 2;  // columns that are read before they are added
    using In = Products<O, kTogether, FromShared>;
    using Sums = typename In::Taps;
    static constexpr int kThreads = O < 4 ? 640 : 512, kBlocks = 1, kSums = In::kSums;
    Planes gradient, in;
    float* lane_sums;  // [seed][filter][lane]
    size_t sums_seed;
    int outputs, inputs, width, units, stages, stages_each, together;  // portions of a stage
    int in_plane, gradient_plane, half;  // in shared memory, in floats: distances, a stage
    int planes, count;
    Portions portions;

    // What a thread reads of a stage.
    struct Seat {
        int in, gradient;
        typename In::Distances at;
    };
    struct Stage {
        int tile, first, last;  // portions
    };

    DEVICE Stage stage_of(int n) const {
        const int tile = n / stages_each, first = (n - tile * stages_each) * together;
        const int last = first + together < portions.count ? first + together : portions.count;
        return {tile, first, last};
    }
    DEVICE int rows_of(const Stage& stage) const {
        return portions.first[stage.last] - portions.first[stage.first];
    }

    // The planes of the inputs, each with two rows more, then those of the gradients.
    DEVICE int staged_planes() const { return inputs + outputs; }
    DEVICE int staged_floats(int n) const {
        const int rows = rows_of(stage_of(n));
        return inputs * (rows + 2) * in.row + outputs * rows * gradient.row;
    }
    DEVICE Staging staging(int seed, int n, int plane) const {
        const Stage stage = stage_of(n);
        const int y = portions.first[stage.first], rows = rows_of(stage), output = plane - inputs;
        if (output < 0)
            return {in.at(seed, stage.tile, plane, y, 0), plane * in_plane, (rows + 2) * in.row};
        return {gradient.at(seed, stage.tile, output, y, 0),
                inputs * in_plane + output * gradient_plane, rows * gradient.row};
    }

    DEVICE Seat seat(int unit, int lane) const {
        const int block = unit / inputs, input = unit - block * inputs, first = block * O;
        Seat made = {
            input * in_plane + lane, inputs * in_plane + first * gradient_plane + lane, {}};
        UNROLLED for (int o = 0; o < O; ++o) made.at[o] =
            (first + o < outputs ? o : 0) * gradient_plane;
        return made;
    }
    DEVICE void add_stage(const Seat& seat, int n, const float* staged, Sums& sums) const {
        const Stage stage = stage_of(n);
        const float *from = staged + seat.in, *g = staged + seat.gradient;
        for (int p = stage.first; p < stage.last; ++p) {
            Sums local;
            UNROLLED for (int k = 0; k < kSums; ++k) local[k] = 0;
            for (int rows = portions.first[p + 1] - portions.first[p]; rows > 0; --rows) {
                In::add_row(from, in.row, g, seat.at, width, local);
                from += in.row;
                g += gradient.row;
            }
            UNROLLED for (int k = 0; k < kSums; ++k) sums[k] = sums[k] + local[k];
        }
    }
    DEVICE void put(int seed, int unit, int lane, int k, float sum) const {
        const int block = unit / inputs, input = unit - block * inputs, output = block * O + k / 9;
        if (output < outputs)
            lane_sums[seed * sums_seed + ((output * inputs + input) * 9 + k % 9) * kLanes + lane] =
                sum;
    }
};

}  // namespace engine::cuda
