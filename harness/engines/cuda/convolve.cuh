// Direct convolution, forward and on the way back: the order of a sum is input channel, filter row,
// filter column.
#pragma once

#include "views.cuh"

namespace engine::cuda {

// `CB` output channels at a time, at a position and the one below it, in four lanes. The plane is a
// block of output channels. Kernel 0 means any size that is not compiled specially.
template <int K, int CB>
struct Convolve {
    static constexpr int kThreads = 128, kBlocks = CB < 8 ? 4 : 3, kPadded = (CB + 3) / 4 * 4;
    Planes in, out;
    const float* weights;  // [seed][block of outputs][input][row][column][kPadded]
    size_t weights_seed;
    int inputs, kernel, outputs, height, width, pairs, rectify, planes, count;

    struct Sums {
        float4 upper[CB], lower[CB];
    };
    // What a thread makes: pairs of positions are in tiles, then rows, then columns.
    struct Place {
        int tile, y, x, lane;
    };

    DEVICE Place place_of(int i) const {
        const int j = i >> 1, tile = j / pairs, p = j - tile * pairs, half = p / width;
        return {tile, 2 * half, p - half * width, (i & 1) * 4};
    }
    DEVICE const float* weights_of(int seed, int block) const {
        const int side = K ? K : kernel;
        return weights + seed * weights_seed + block * (inputs * side * side * kPadded);
    }

    static DEVICE void clear(Sums& sums) {
        UNROLLED for (int o = 0; o < CB; ++o) sums.upper[o] = sums.lower[o] =
            make_float4(0, 0, 0, 0);
    }
    template <class Read>
    static DEVICE void add(const float* w, float4 upper, float4 lower, Sums& sums) {
        float weight[kPadded];
        UNROLLED for (int o = 0; o < kPadded; o += 4) {
            const float4 four = Read::four(w + o);
            weight[o] = four.x;
            weight[o + 1] = four.y;
            weight[o + 2] = four.z;
            weight[o + 3] = four.w;
        }
        UNROLLED for (int o = 0; o < CB; ++o) {
            sums.upper[o] = fused4(weight[o], upper, sums.upper[o]);
            sums.lower[o] = fused4(weight[o], lower, sums.lower[o]);
        }
    }

    // One input channel. Rows of the inputs are kept for the next filter row.
    template <class Read>
    DEVICE void add_square(const float* from, const float* w, Sums& sums) const {
        constexpr int kColumns = K > 1 ? K : 1;
        float4 upper[kColumns];
        UNROLLED for (int c = 0; c < kColumns; ++c) upper[c] = Read::four(from + c * kLanes);
        UNROLLED for (int r = 0; r < kColumns; ++r) {
            float4 lower[kColumns];
            UNROLLED for (int c = 0; c < kColumns; ++c) lower[c] =
                Read::four(from + (r + 1) * in.row + c * kLanes);
            UNROLLED for (int c = 0; c < kColumns; ++c, w += kPadded) {
                add<Read>(w, upper[c], lower[c], sums);
                upper[c] = lower[c];
            }
        }
    }
    DEVICE void add_any(const float* from, const float* w, Sums& sums) const {
        for (int r = 0; r < kernel; ++r)
            for (int c = 0; c < kernel; ++c, w += kPadded) {
                const float* place = from + r * in.row + c * kLanes;
                add<FromDevice>(w, load4(place), load4(place + in.row), sums);
            }
    }

    DEVICE void put(int seed, int block, Place place, const Sums& sums) const {
        const auto put_one = [&](float* to, float4 sum) {
            store4(to, rectify ? rectified4(sum) : sum);
        };
        float* to = out.at(seed, place.tile, block * CB, place.y, place.x) + place.lane;
        UNROLLED for (int o = 0; o < CB; ++o, to += out.plane) {
            if (block * CB + o >= outputs) continue;
            put_one(to, sums.upper[o]);
            if (place.y + 1 < height) put_one(to + out.row, sums.lower[o]);
        }
    }

    DEVICE void operator()(int seed, int block, int i) const {
        const Place place = place_of(i);
        const int side = K ? K : kernel, each = side * side * kPadded;
        const float* from = in.at(seed, place.tile, 0, place.y, place.x) + place.lane;
        const float* w = weights_of(seed, block);
        Sums sums;
        clear(sums);
        ONE_BY_ONE for (int n = 0; n < inputs; ++n, from += in.plane, w += each) {
            if (K > 1) add_square<FromDevice>(from, w, sums);
            else if (K == 1) add<FromDevice>(w, load4(from), load4(from + in.row), sums);
            else add_any(from, w, sums);
        }
        put(seed, block, place, sums);
    }
};

// Weights in the order in which the convolutions read them.
struct Pack {
    static constexpr int kThreads = 256, kBlocks = 1;
    static constexpr bool kBrief = true;
    const int* source;  // of each packed weight: the parameter, or -1 for zero
    const float* values;
    float* packed;
    int parameters, planes, count;
    DEVICE void operator()(int seed, int, int i) const {
        const int from = source[i];
        packed[size_t(seed) * count + i] =
            from < 0 ? 0.0f : values[size_t(seed) * parameters + from];
    }
};

}  // namespace engine::cuda
