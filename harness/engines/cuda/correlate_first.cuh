// The gradient of the first block's filters, if they are 3 x 3, on grey images, without pooling.
#pragma once

#include "pointwise_gradient.cuh"

namespace engine::cuda {

// The gradient of the convolution's outputs has no other reader and stays in registers. Otherwise
// like CorrelateParts, for all nine places, if there are `O` outputs or more.
template <int O, bool dropout>
struct CorrelateFirst {
    static constexpr int kThreads = 64, kBlocks = 8;
    Values values;
    Planes gradient, in;  // of the result
    float* parts;
    size_t parts_seed;
    int outputs, width, images, filters, planes, count;
    Portions portions;

    // The outputs of a thread, which are always as many, so that no distance has to be kept: the
    // last ones may be among another thread's too, which then puts their sums.
    struct Outputs {
        Value<dropout> value[O];
        Back back[O];
    };

    // What is loaded for a column, while the one before it is added.
    struct Column {
        float seen[3], output[O], whole[O];
        unsigned bits[O];
    };
    // A row, at a column.
    struct Row {
        const float *from, *x, *g;
        const uint8_t* masks;
    };
    DEVICE Column load_column(const Row& row, int column) const {
        Column made;
        UNROLLED for (int r = 0; r < 3; ++r) made.seen[r] =
            load(row.from + r * in.row + (column + 2) * kLanes);
        UNROLLED for (int o = 0; o < O; ++o) {
            made.output[o] = load(row.x + o * values.outputs.plane + column * kLanes);
            made.whole[o] = load(row.g + o * gradient.plane + column * kLanes);
            made.bits[o] = dropout ? load(row.masks + o * values.positions + column) : 0;
        }
        return made;
    }

    DEVICE void add_row(const Outputs& of, int seed, int tile, int first, int y, int lane,
                        float (&local)[O][9]) const {
        const bool real = tile * kLanes + lane < images;
        const Row row = {in.at(seed, tile, 0, y, 0) + lane,
                         values.outputs.at(seed, tile, first, y, 0) + lane,
                         gradient.at(seed, tile, first, y, 0) + lane,
                         dropout ? values.masks_of(seed, tile, first) + y * width : nullptr};
        float seen[3][3];
        UNROLLED for (int r = 0; r < 3; ++r) UNROLLED for (int c = 0; c < 2; ++c) seen[r][c + 1] =
            load(row.from + r * in.row + c * kLanes);
        Column next = load_column(row, 0);
        for (int column = 0; column < width; ++column) {
            const Column now = next;
            if (column + 1 < width) next = load_column(row, column + 1);
            UNROLLED for (int r = 0; r < 3; ++r) {
                seen[r][0] = seen[r][1];
                seen[r][1] = seen[r][2];
                seen[r][2] = now.seen[r];
            }
            UNROLLED for (int o = 0; o < O; ++o) {
                const float normal =
                    of.value[o].gradient(now.whole[o], now.output[o], bit(now.bits[o], lane));
                const float value = of.back[o].from(normal, now.output[o], real);
                UNROLLED for (int t = 0; t < 9; ++t) local[o][t] =
                    fused(value, seen[t / 3][t % 3], local[o][t]);
            }
        }
    }

    DEVICE void operator()(int seed, int plane, int i) const {
        const int lane = i & 7, own = (i >> 3) * O;
        const int first = own < outputs - O ? own : outputs - O;
        const int tile = plane / portions.count, p = plane - tile * portions.count;
        Outputs of;
        float local[O][9];
        UNROLLED for (int o = 0; o < O; ++o) {
            const Channel& channel = values.channel(seed, first + o);
            of.value[o] = Value<dropout>(values, channel);
            of.back[o] = Back(values, channel);
            UNROLLED for (int t = 0; t < 9; ++t) local[o][t] = 0;
        }
        for (int y = portions.first[p]; y < portions.first[p + 1]; ++y)
            add_row(of, seed, tile, first, y, lane, local);
        float* to = parts + seed * parts_seed + size_t(plane) * filters * kLanes + lane;
        UNROLLED for (int o = 0; o < O; ++o) {
            if (first + o < own) continue;
            UNROLLED for (int t = 0; t < 9; ++t) to[((first + o) * 9 + t) * kLanes] = local[o][t];
        }
    }
};

}  // namespace engine::cuda
