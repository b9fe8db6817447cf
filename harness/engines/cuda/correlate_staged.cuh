// The gradient of 3 x 3 filters where there are many seeds: a block makes all of a seed's. Its
// threads read from memory that they share, so that none waits for the device's memory.
#pragma once

#include "correlate.cuh"
#include "stages.cuh"

namespace engine::cuda {

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
        bool within;
        int in, gradient;
        typename In::Distances at;
    };
    struct Stage {
        int tile, first, last;  // portions
    };
    // A plane, of which a thread copies a stage's rows, and so many more.
    struct Part {
        const float* from;
        int tile, row, more, to;
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
    DEVICE int staged_parts() const { return inputs + outputs; }
    DEVICE Part part_of(int seed, int, int n) const {
        if (n < inputs) return {in.at(seed, 0, n, 0, 0), in.tile, in.row, 2, n * in_plane};
        const int output = n - inputs;
        return {gradient.at(seed, 0, output, 0, 0), gradient.tile, gradient.row, 0,
                inputs * in_plane + output * gradient_plane};
    }
    DEVICE int staged_floats(const Part&, int n) const {
        const int rows = rows_of(stage_of(n));
        return inputs * (rows + 2) * in.row + outputs * rows * gradient.row;
    }
    DEVICE Staging staging(const Part& part, int n) const {
        const Stage stage = stage_of(n);
        const ptrdiff_t first = portions.first[stage.first];
        return {part.from + (ptrdiff_t(stage.tile) * part.tile + first * part.row), part.to,
                (rows_of(stage) + part.more) * part.row};
    }

    DEVICE Seat seat(int, int thread) const {
        const int unit = thread / kLanes, lane = thread % kLanes;
        if (unit >= units) return {};
        const int block = unit / inputs, input = unit - block * inputs, first = block * O;
        Seat made = {
            true, input * in_plane + lane, inputs * in_plane + first * gradient_plane + lane, {}};
        UNROLLED for (int o = 0; o < O; ++o) made.at[o] =
            (first + o < outputs ? o : 0) * gradient_plane;
        return made;
    }
    static DEVICE void clear(Sums& sums) { UNROLLED for (int k = 0; k < kSums; ++k) sums[k] = 0; }
    DEVICE void add_stage(const Seat& seat, int n, const float* staged, Sums& sums) const {
        const Stage stage = stage_of(n);
        const float *from = staged + seat.in, *g = staged + seat.gradient;
        for (int p = stage.first; p < stage.last; ++p) {
            Sums local;
            clear(local);
            for (int rows = portions.first[p + 1] - portions.first[p]; rows > 0; --rows) {
                In::add_row(from, in.row, g, seat.at, width, local);
                from += in.row;
                g += gradient.row;
            }
            UNROLLED for (int k = 0; k < kSums; ++k) sums[k] = sums[k] + local[k];
        }
    }
    DEVICE void put(int seed, int, int thread, const Sums& sums) const {
        const int unit = thread / kLanes, lane = thread % kLanes;
        const int block = unit / inputs, input = unit - block * inputs;
        UNROLLED for (int k = 0; k < kSums; ++k) {
            const int output = block * O + k / 9;
            if (output < outputs)
                lane_sums[seed * sums_seed + ((output * inputs + input) * 9 + k % 9) * kLanes +
                          lane] = sums[k];
        }
    }
};

}  // namespace engine::cuda
