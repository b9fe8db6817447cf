// The gradient of filters: the products of a portion's rows are added up, then the portions' sums
// in order, tile after tile, and the lanes last.
#pragma once

#include "views.cuh"

namespace engine::cuda {

// The products of an input, and of the gradients of `O` outputs, at the nine places of a filter, in
// one lane; `Together` columns are read before they are added.
template <int O, int Together, class Read>
struct Products {
    static constexpr int kSums = O * 9;
    using Taps = float[kSums];
    using Distances = int[O];     // of the outputs' gradients from the first one's
    using Carried = float[3][2];  // the two columns before this one, in three rows
    using Rows = const float* [3];

    template <int N>
    static DEVICE void add(const Rows& rows, const float* g, const Distances& at, Carried& carried,
                           Taps& local) {
        float seen[3][N + 2], gradients[N][O];
        UNROLLED for (int r = 0; r < 3; ++r) {
            seen[r][0] = carried[r][0];
            seen[r][1] = carried[r][1];
            UNROLLED for (int n = 0; n < N; ++n) seen[r][n + 2] =
                Read::at(rows[r] + (n + 2) * kLanes);
        }
        UNROLLED for (int n = 0; n < N; ++n) UNROLLED for (int o = 0; o < O; ++o) gradients[n][o] =
            Read::at(g + at[o] + n * kLanes);
        UNROLLED for (int n = 0; n < N; ++n) {
            UNROLLED for (int o = 0; o < O; ++o) {
                UNROLLED for (int t = 0; t < 9; ++t) local[o * 9 + t] =
                    fused(gradients[n][o], seen[t / 3][n + t % 3], local[o * 9 + t]);
            }
        }
        UNROLLED for (int r = 0; r < 3; ++r) {
            carried[r][0] = seen[r][N];
            carried[r][1] = seen[r][N + 1];
        }
    }

    // A row of gradients at `g`, and the three rows of inputs from `from` on.
    static DEVICE void add_row(const float* from, int row, const float* g, const Distances& at,
                               int width, Taps& local) {
        Rows rows = {from, from + row, from + 2 * row};
        Carried carried;
        UNROLLED for (int r = 0; r < 3; ++r) UNROLLED for (int c = 0; c < 2; ++c) carried[r][c] =
            Read::at(rows[r] + c * kLanes);
        int x = 0;
        for (; x + Together <= width; x += Together, g += Together * kLanes) {
            add<Together>(rows, g, at, carried, local);
            UNROLLED for (int r = 0; r < 3; ++r) rows[r] += Together * kLanes;
        }
        if (Together > 2 && x + 2 <= width) {
            add<2>(rows, g, at, carried, local);
            UNROLLED for (int r = 0; r < 3; ++r) rows[r] += 2 * kLanes;
            g += 2 * kLanes;
            x += 2;
        }
        if (x < width) add<1>(rows, g, at, carried, local);
    }
};

// 3 x 3: `O` outputs of one input, a unit, in one lane, over all portions of all tiles.
template <int O>
struct Correlate3 {
    using In = Products<O, 4, FromDevice>;
    using Taps = typename In::Taps;
    static constexpr int kUnits = 4, kTurns = 8, kSums = In::kSums;
    static constexpr int kThreads = kTurns * kUnits * kLanes, kBlocks = 2;
    Planes gradient, in;
    float* lane_sums;  // [seed][filter][lane]
    size_t sums_seed;
    int outputs, inputs, width, units, turns, planes, count;  // turns: tiles * portions
    Portions portions;

    // The sums of a turn, which is tile * portions + portion.
    DEVICE void add_turn(int seed, int unit, int turn, int lane, Taps& local) const {
        const int block = unit / inputs, input = unit - block * inputs, first = block * O;
        const int tile = turn / portions.count, p = turn - tile * portions.count;
        int at[O];
        UNROLLED for (int o = 0; o < O; ++o) at[o] = (first + o < outputs ? o : 0) * gradient.plane;
        int y = portions.first[p];
        const float* g = gradient.at(seed, tile, first, y, 0) + lane;
        const float* from = in.at(seed, tile, input, y, 0) + lane;
        for (const int end = portions.first[p + 1]; y < end; ++y) {
            In::add_row(from, in.row, g, at, width, local);
            from += in.row;
            g += gradient.row;
        }
    }
    DEVICE void put(int seed, int unit, int lane, int k, float sum) const {
        const int block = unit / inputs, input = unit - block * inputs, output = block * O + k / 9;
        if (output < outputs)
            lane_sums[seed * sums_seed + ((output * inputs + input) * 9 + k % 9) * kLanes + lane] =
                sum;
    }
};

// Any kernel: the sums of each portion, `O` outputs at `T` filter places, which CorrelateJoin adds
// up. The plane is tile * portions + portion.
template <int O, int T>
struct CorrelateParts {
    static constexpr int kThreads = 64, kBlocks = 8;
    Planes gradient, in;
    float* parts;  // [seed][tile][portion][filter][lane]
    size_t parts_seed;
    int outputs, places, kernel, groups, width, filters, planes, count;
    Portions portions;

    // The distance of a filter place's input from that of the first place.
    DEVICE int offset(int place) const {
        const int input = place / (kernel * kernel), rest = place - input * kernel * kernel;
        const int r = rest / kernel, c = rest - r * kernel;
        return input * in.plane + r * in.row + c * kLanes;
    }

    DEVICE void operator()(int seed, int plane, int i) const {
        const int lane = i & 7, j = i >> 3;
        const int block = j / groups, first = block * O, first_place = (j - block * groups) * T;
        const int tile = plane / portions.count, p = plane - tile * portions.count;
        int at[O], offsets[T];
        UNROLLED for (int o = 0; o < O; ++o) at[o] = (first + o < outputs ? o : 0) * gradient.plane;
        UNROLLED for (int t = 0; t < T; ++t) offsets[t] =
            offset(first_place + t < places ? first_place + t : first_place);
        float local[O][T];
        UNROLLED for (int o = 0; o < O; ++o) UNROLLED for (int t = 0; t < T; ++t) local[o][t] = 0;
        for (int y = portions.first[p]; y < portions.first[p + 1]; ++y) {
            const float* g = gradient.at(seed, tile, first, y, 0) + lane;
            const float* from = in.at(seed, tile, 0, y, 0) + lane;
            for (int x = 0; x < width; ++x, g += kLanes, from += kLanes) {
                float seen[T];
                UNROLLED for (int t = 0; t < T; ++t) seen[t] = load(from + offsets[t]);
                UNROLLED for (int o = 0; o < O; ++o) {
                    const float value = load(g + at[o]);
                    UNROLLED for (int t = 0; t < T; ++t) local[o][t] =
                        fused(value, seen[t], local[o][t]);
                }
            }
        }
        float* to = parts + seed * parts_seed + size_t(plane) * filters * kLanes + lane;
        UNROLLED for (int o = 0; o < O; ++o)
            UNROLLED for (int t = 0; t < T;
                          ++t) if (first + o < outputs && first_place + t < places)
                to[((first + o) * places + first_place + t) * kLanes] = local[o][t];
    }
};

struct CorrelateJoin {
    static constexpr int kThreads = 64, kBlocks = 8;
    static constexpr bool kBrief = true;
    const float* parts;
    size_t parts_seed;
    float* lane_sums;
    size_t sums_seed;
    int rounds, planes, count;  // count: 8 * filters
    DEVICE void operator()(int seed, int, int i) const {
        const float* from = parts + seed * parts_seed + i;
        float sum = 0;
        in_order<16>(
            rounds, [&](int n) { return load(from + size_t(n) * count); },
            [&](float made) { sum = sum + made; });
        lane_sums[seed * sums_seed + i] = sum;
    }
};

// Adds up the lanes, for the filters of all blocks.
struct FinishFilters {
    static constexpr int kThreads = 256, kBlocks = 1;
    static constexpr bool kBrief = true;
    const float* lane_sums;
    const int* parameter_of;
    float* gradients;
    int parameters, planes, count;
    DEVICE void operator()(int seed, int, int i) const {
        const float* from = lane_sums + (size_t(seed) * count + i) * kLanes;
        double sum = 0;
        UNROLLED for (int lane = 0; lane < kLanes; ++lane) sum += static_cast<double>(from[lane]);
        gradients[size_t(seed) * parameters + parameter_of[i]] = static_cast<float>(sum);
    }
};

}  // namespace engine::cuda
