#include "kernels.hpp"

#include <algorithm>

namespace engine {

namespace {

constexpr int kMostChannels = 6;   // output channels in a register block
constexpr int kMostTaps = 3;       // filter positions in a register block of `correlate`
// About so many positions are added up before their sum joins the others: on a flat background, where
// roundings do not cancel, long sums lose digits. Changing it changes the bits.
constexpr int kSummedTogether = 24;

constexpr int divide_up(int a, int b) { return (a + b - 1) / b; }

// Splits `count` into blocks of nearly equal size, at most `most`: calls visit(first, size).
template <class Visit>
ENGINE_INLINE void in_blocks(int count, int most, Visit visit) {
    for (int first = 0, left = divide_up(count, most); left > 0; --left) {
        const int size = divide_up(count - first, left);
        visit(first, size);
        first += size;
    }
}

// Positions side by side in a register block: channels * positions sums and a filter value fit into
// 16 registers, and nearly all of the inputs; what does not is read from the first-level cache.
constexpr int positions_beside(int channels) {
    return channels <= 1 ? 8 : channels == 2 ? 6 : channels == 3 ? 4 : channels == 4 ? 3 : 2;
}

// The rows and columns of the filters that count: those that see more than zeros.
struct Taps {
    int top, bottom, left, right;
};

// One register block: `Channels` output channels at `Positions` neighbouring columns. The inner loop
// is a filter value, broadcast, times the inputs of all positions.
template <int Kernel, int Channels, int Positions, bool AllColumns>
ENGINE_INLINE void convolve_block(const float* filters, Planes in, int inputs, int kernel, Taps taps,
                                  Vec* out, int out_plane) {
    const int side = Kernel ? Kernel : kernel;
    if (Kernel == 1) taps = {0, 1, 0, 1};  // too short a loop to be worth a choice
    Vec sums[Channels][Positions];
    ENGINE_UNROLL for (int c = 0; c < Channels; ++c)
        ENGINE_UNROLL for (int p = 0; p < Positions; ++p) sums[c][p] = Vec{};
    for (int input = 0; input < inputs; ++input, filters += side * side * Channels) {
        for (int row = taps.top; row < taps.bottom; ++row) {
            const Vec* line = in.data + static_cast<ptrdiff_t>(input) * in.plane + row * in.row;
            const float* filter_row = filters + row * side * Channels;
            const auto add_column = [&](int column) ENGINE_INLINE_LAMBDA {
                Vec x[Positions];
                ENGINE_UNROLL for (int p = 0; p < Positions; ++p) x[p] = line[column + p];
                ENGINE_UNROLL for (int c = 0; c < Channels; ++c) {
                    const Vec filter = broadcast(filter_row[column * Channels + c]);
                    ENGINE_UNROLL for (int p = 0; p < Positions; ++p)
                        sums[c][p] = fma(filter, x[p], sums[c][p]);
                }
            };
            if constexpr (AllColumns) {
                ENGINE_UNROLL for (int column = 0; column < side; ++column) add_column(column);
            } else {
                for (int column = taps.left; column < taps.right; ++column) add_column(column);
            }
        }
    }
    ENGINE_UNROLL for (int c = 0; c < Channels; ++c)
        ENGINE_UNROLL for (int p = 0; p < Positions; ++p) out[c * out_plane + p] = sums[c][p];
}

// One row of `Channels` output channels, in register blocks from left to right. `left` and `right`
// are the columns of `in` between which not all is zero.
template <int Kernel, int Channels, int Positions = positions_beside(Channels)>
void convolve_row(const float* filters, Planes in, int inputs, int kernel, Taps taps, int left,
                  int right, Vec* out, int out_plane, int width, Ahead& ahead) {
    int x = 0;
    for (; x + Positions <= width; x += Positions) {
        ahead.fetch();
        taps.left = std::max(0, left - (x + Positions - 1));
        taps.right = std::min(kernel, right - x);
        const Planes beside = {in.data + x, in.row, in.plane};
        if (Kernel == 1 || (taps.left == 0 && taps.right == kernel))
            convolve_block<Kernel, Channels, Positions, true>(filters, beside, inputs, kernel, taps,
                                                              out + x, out_plane);
        else
            convolve_block<Kernel, Channels, Positions, false>(filters, beside, inputs, kernel, taps,
                                                               out + x, out_plane);
    }
    if constexpr (Positions > 1)
        if (x < width)
            convolve_row<Kernel, Channels, Positions - 1>(
                filters, {in.data + x, in.row, in.plane}, inputs, kernel, taps, left - x, right - x,
                out + x, out_plane, width - x, ahead);
}

template <int Kernel>
constexpr decltype(&convolve_row<Kernel, 1>) kConvolveRow[kMostChannels] = {
    convolve_row<Kernel, 1>, convolve_row<Kernel, 2>, convolve_row<Kernel, 3>,
    convolve_row<Kernel, 4>, convolve_row<Kernel, 5>, convolve_row<Kernel, 6>,
};

// The output channels in blocks, row by row. Kernel 0 stands for any other than those compiled.
template <int Kernel>
void convolve_all(const PackedFilters& filters, Planes in, Filled filled, MutablePlanes out,
                  int height, int width, Ahead& ahead) {
    const int inputs = filters.inputs(), kernel = filters.kernel(), plane = out.plane;
    const int count = inputs * kernel * kernel;
    for (int y = 0; y < height; ++y) {
        const Planes rows = in.from(y, 0);
        const Taps taps = {std::max(0, filled.top - y), std::min(kernel, filled.bottom - y), 0, kernel};
        in_blocks(filters.outputs(), kMostChannels, [&](int first, int channels) {
            const float* block = filters.data() + static_cast<ptrdiff_t>(first) * count;
            Vec* line = out.from(y, 0).data + static_cast<ptrdiff_t>(first) * plane;
            kConvolveRow<Kernel>[channels - 1](block, rows, inputs, kernel, taps, filled.left,
                                               filled.right, line, plane, width, ahead);
        });
    }
}

// A register block of `correlate`: `Channels` output channels times `Taps` filter positions, over all
// positions, `rows` rows at a time. Each gradient value is used `Taps` times, each input `Channels` times.
template <int Channels, int Taps>
void correlate_block(Planes gradient, const Vec* const* taps, int in_row, int height, int width,
                     int rows, Vec* sums, int sums_stride, Ahead& ahead) {
    const Vec* line = gradient.data;
    const Vec* inputs[Taps];
    ENGINE_UNROLL for (int t = 0; t < Taps; ++t) inputs[t] = taps[t];
    for (int top = 0; top < height; top += rows) {
        Vec local[Channels][Taps];
        ENGINE_UNROLL for (int c = 0; c < Channels; ++c)
            ENGINE_UNROLL for (int t = 0; t < Taps; ++t) local[c][t] = Vec{};
        ahead.fetch();
        for (int y = top; y < top + rows && y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                Vec seen[Taps];
                ENGINE_UNROLL for (int t = 0; t < Taps; ++t) seen[t] = inputs[t][x];
                ENGINE_UNROLL for (int c = 0; c < Channels; ++c) {
                    const Vec g = line[x + static_cast<ptrdiff_t>(c) * gradient.plane];
                    ENGINE_UNROLL for (int t = 0; t < Taps; ++t)
                        local[c][t] = fma(g, seen[t], local[c][t]);
                }
            }
            line += gradient.row;
            ENGINE_UNROLL for (int t = 0; t < Taps; ++t) inputs[t] += in_row;
        }
        ENGINE_UNROLL for (int c = 0; c < Channels; ++c)
            ENGINE_UNROLL for (int t = 0; t < Taps; ++t) sums[c * sums_stride + t] += local[c][t];
    }
}

using CorrelateBlock = void (*)(Planes, const Vec* const*, int, int, int, int, Vec*, int, Ahead&);

constexpr int kMostCorrelated = 4;  // output channels in a register block of `correlate`
constexpr CorrelateBlock kCorrelate[kMostCorrelated][kMostTaps] = {
    {correlate_block<1, 1>, correlate_block<1, 2>, correlate_block<1, 3>},
    {correlate_block<2, 1>, correlate_block<2, 2>, correlate_block<2, 3>},
    {correlate_block<3, 1>, correlate_block<3, 2>, correlate_block<3, 3>},
    {correlate_block<4, 1>, correlate_block<4, 2>, correlate_block<4, 3>},
};

}  // namespace

PackedFilters::PackedFilters(int outputs, int inputs, int kernel)
    : outputs_(outputs),
      inputs_(inputs),
      kernel_(kernel),
      data_(static_cast<size_t>(outputs) * inputs * kernel * kernel) {}

void PackedFilters::pack(const float* filters) {
    const int square = kernel_ * kernel_;
    float* next = data_.data();
    in_blocks(outputs_, kMostChannels, [&](int first, int channels) {
        for (int input = 0; input < inputs_; ++input)
            for (int place = 0; place < square; ++place)
                for (int c = 0; c < channels; ++c)
                    *next++ = filters[(static_cast<size_t>(first + c) * inputs_ + input) * square + place];
    });
}

void convolve(const PackedFilters& filters, Planes in, Filled filled, MutablePlanes out, int height,
              int width, Ahead& ahead) {
    switch (filters.kernel()) {
        case 1: return convolve_all<1>(filters, in, filled, out, height, width, ahead);
        case 3: return convolve_all<3>(filters, in, filled, out, height, width, ahead);
        case 5: return convolve_all<5>(filters, in, filled, out, height, width, ahead);
        default: return convolve_all<0>(filters, in, filled, out, height, width, ahead);
    }
}

void correlate(Planes gradient, Planes in, int outputs, int inputs, int kernel, int height,
               int width, Vec* sums, Ahead& ahead) {
    const int taps = inputs * kernel * kernel;
    const int rows = divide_up(kSummedTogether, width);
    in_blocks(outputs, kMostCorrelated, [&](int first, int channels) {
        const Planes part = {gradient.data + static_cast<ptrdiff_t>(first) * gradient.plane,
                             gradient.row, gradient.plane};
        const Vec* plane = in.data;
        int row = 0, column = 0;
        in_blocks(taps, kMostTaps, [&](int tap, int together) {
            const Vec* starts[kMostTaps];
            for (int t = 0; t < together; ++t) {
                starts[t] = plane + row * in.row + column;
                if (++column < kernel) continue;
                column = 0;
                if (++row < kernel) continue;
                row = 0;
                plane += in.plane;
            }
            kCorrelate[channels - 1][together - 1](
                part, starts, in.row, height, width, rows,
                sums + static_cast<ptrdiff_t>(first) * taps + tap, taps, ahead);
        });
    });
}

}  // namespace engine
