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

    // The inputs of a place, which moves on column by column.
    using Seen = float[3][3];
    DEVICE void move_on(const float* from, Seen& seen) const {
        UNROLLED for (int r = 0; r < 3; ++r) {
            seen[r][0] = seen[r][1];
            seen[r][1] = seen[r][2];
            seen[r][2] = load(from + r * in.row + 2 * kLanes);
        }
    }

    DEVICE void add_row(const Outputs& of, int seed, int tile, int first, int y, int lane,
                        float (&local)[O][9]) const {
        const bool real = tile * kLanes + lane < images;
        const float* g = gradient.at(seed, tile, first, y, 0) + lane;
        const float* x = values.outputs.at(seed, tile, first, y, 0) + lane;
        const uint8_t* masks = dropout ? values.masks_of(seed, tile, first) + y * width : nullptr;
        const float* from = in.at(seed, tile, 0, y, 0) + lane;
        Seen seen;
        UNROLLED for (int r = 0; r < 3; ++r) {
            seen[r][1] = load(from + r * in.row);
            seen[r][2] = load(from + r * in.row + kLanes);
        }
        for (int column = 0; column < width; ++column) {
            move_on(from, seen);
            float output[O], whole[O];
            unsigned bits[O];
            UNROLLED for (int o = 0; o < O; ++o) {
                output[o] = load(x + o * values.outputs.plane);
                whole[o] = load(g + o * gradient.plane);
                bits[o] = dropout ? load(masks + o * values.positions) : 0;
            }
            UNROLLED for (int o = 0; o < O; ++o) {
                const float normal = of.value[o].gradient(whole[o], output[o], bit(bits[o], lane));
                const float value = of.back[o].from(normal, output[o], real);
                UNROLLED for (int t = 0; t < 9; ++t) local[o][t] =
                    fused(value, seen[t / 3][t % 3], local[o][t]);
            }
            from += kLanes;
            x += kLanes;
            g += kLanes;
            if (dropout) ++masks;
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
