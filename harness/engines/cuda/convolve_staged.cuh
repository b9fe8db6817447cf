// The 3 x 3 convolution where there are many seeds: a block's threads read an input channel, and
// its weights, from memory that they share, while the next channel is copied to it.
#pragma once

#include "convolve.cuh"
#include "stages.cuh"

namespace engine::cuda {

// Like Convolve<3, CB>. A stage is an input channel: of each tile that a block's threads convolve,
// the rows that they read.
template <int CB>
struct ConvolveStaged {
    using Plain = Convolve<3, CB>;
    using Sums = typename Plain::Sums;
    static constexpr int kThreads = Plain::kThreads, kBlocks = 4;
    static constexpr int kWeights = 9 * Plain::kPadded;  // of an input channel
    Plain plain;
    int stages, tiles;  // inputs; the most tiles of a block
    int tile, half;     // floats in shared memory: of a tile, of a stage
    int planes, count;  // count: plain.count or more, a multiple of kThreads

    struct Seat {
        bool within;
        int from;
    };
    // What a thread copies of each stage; the first one also knows how many floats all copy.
    struct Part {
        const float* from;
        int step, to, count, all;
    };
    // A block's threads, which are of one plane: from `first` up to `last`.
    struct Block {
        int plane, first, last;
    };
    // Rows of the input.
    struct RowsOf {
        int tile, first, last;
    };

    DEVICE Block block_of(int number) const {
        const int place = number * kThreads, plane = place / count, first = place - plane * count;
        return {plane, first, first + kThreads < plain.count ? first + kThreads : plain.count};
    }
    // Of the block's tile with that number; none if the block has fewer.
    DEVICE RowsOf rows_of(const Block& block, int number) const {
        const int pairs = plain.pairs, begin = block.first / 2, end = block.last / 2;
        const int tile = begin / pairs + number, before = tile * pairs;
        if (before >= end) return {tile, 0, 0};
        const int first = begin > before ? begin - before : 0;
        const int last = end < before + pairs ? end - before : pairs;
        return {tile, 2 * (first / plain.width), 2 * ((last - 1) / plain.width) + 4};
    }
    DEVICE int floats_of(const RowsOf& rows) const {
        // No more of the last row than is read.
        return rows.first == rows.last
                   ? 0
                   : (rows.last - rows.first - 1) * plain.in.row + (plain.width + 2) * kLanes;
    }

    // The weights, then the rows of each tile.
    DEVICE int staged_parts() const { return 1 + tiles; }
    DEVICE Part part_of(int seed, int number, int n) const {
        const Block block = block_of(number);
        if (n == 0) {
            int all = kWeights;
            for (int tile = 0; tile < tiles; ++tile) all += floats_of(rows_of(block, tile));
            return {plain.weights_of(seed, block.plane), kWeights, 0, kWeights, all};
        }
        const RowsOf rows = rows_of(block, n - 1);
        return {plain.in.at(seed, rows.tile, 0, rows.first, 0), plain.in.plane,
                kWeights + (n - 1) * tile, floats_of(rows), 0};
    }
    DEVICE int staged_floats(const Part& part, int) const { return part.all; }
    DEVICE Staging staging(const Part& part, int stage) const {
        return {part.from + stage * part.step, part.to, part.count};
    }

    DEVICE Seat seat(int number, int thread) const {
        const Block block = block_of(number);
        const int i = block.first + thread;
        if (i >= block.last) return {false, 0};
        const typename Plain::Place place = plain.place_of(i), begin = plain.place_of(block.first);
        const int n = place.tile - begin.tile, row = n ? place.y : place.y - begin.y;
        return {true, kWeights + n * tile + row * plain.in.row + place.x * kLanes + place.lane};
    }
    static DEVICE void clear(Sums& sums) { Plain::clear(sums); }
    DEVICE void add_stage(const Seat& seat, int, const float* staged, Sums& sums) const {
        plain.template add_square<FromShared>(staged + seat.from, staged, sums);
    }
    DEVICE void put(int seed, int number, int thread, const Sums& sums) const {
        const Block block = block_of(number);
        plain.put(seed, block.plane, plain.place_of(block.first + thread), sums);
    }
};

}  // namespace engine::cuda
