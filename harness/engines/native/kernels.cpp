#include "kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "wide.hpp"

namespace engine {

namespace {

constexpr int kMostChannels = 6;  // output channels in a register block of `convolve`
// Those in one of `correlate`, and its registers of filter positions. AVX-512 has 32 registers.
constexpr int kMostCorrelated = kWidest > 1 ? 5 : 4;
constexpr int kMostRegisters = kWidest > 1 ? 5 : 3;
// About so many positions are added up before their sum joins the others: on a flat background,
// where roundings do not cancel, long sums lose digits. Changing it changes the bits.
constexpr int kSummedTogether = 24;

// Tables have an entry for no register, which stands for a single value.
constexpr int values_in(int registers) { return std::max(1, registers * kWidest); }

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

// Registers side by side in a register block of `convolve`: its sums and a filter value fit into 16
// of them (32 of the wider ones), and nearly all of the inputs.
constexpr int registers_beside(int channels) {
    if (kWidest > 1) return channels <= 3 ? 6 : channels == 4 ? 5 : 4;
    return channels <= 1 ? 8 : channels == 2 ? 6 : channels == 3 ? 4 : channels == 4 ? 3 : 2;
}

// The rows and columns of the filters that count: those that see more than zeros.
struct Taps {
    int top, bottom, left, right;
};

// One register block: `Channels` output channels at `Positions` neighbouring columns. The inner
// loop is a filter value, broadcast, times the inputs of all positions.
template <int Kernel, int Channels, int Positions, bool AllColumns>
ENGINE_INLINE void convolve_block(const float* filters, Planes in, int inputs, int kernel,
                                  Taps taps, Vec* out, int out_plane) {
    const int side = Kernel ? Kernel : kernel;
    if (Kernel == 1) taps = {0, 1, 0, 1};  // too short a loop to be worth a choice
    constexpr int Width = Positions % kWidest ? 1 : kWidest;
    constexpr int Registers = Positions / Width;
    Wide<Width> sums[Channels][Registers];
    ENGINE_UNROLL(c, Channels)
        ENGINE_UNROLL(r, Registers) sums[c][r] = Wide<Width>{};
    for (int input = 0; input < inputs; ++input, filters += side * side * Channels) {
        for (int row = taps.top; row < taps.bottom; ++row) {
            const Vec* line = in.data + static_cast<ptrdiff_t>(input) * in.plane + row * in.row;
            const float* filter_row = filters + row * side * Channels;
            const auto add_column = [&](int column) ENGINE_INLINE_LAMBDA {
                Wide<Width> x[Registers];
                ENGINE_UNROLL(r, Registers) x[r] = load<Width>(line + column + r * Width);
                ENGINE_UNROLL(c, Channels) {
                    const auto filter = broadcast<Width>(filter_row[column * Channels + c]);
                    ENGINE_UNROLL(r, Registers) sums[c][r] = fma(filter, x[r], sums[c][r]);
                }
            };
            if constexpr (AllColumns) {
                ENGINE_UNROLL(column, side) add_column(column);
            } else {
                for (int column = taps.left; column < taps.right; ++column) add_column(column);
            }
        }
    }
    ENGINE_UNROLL(c, Channels)
        ENGINE_UNROLL(r, Registers) store(out + c * out_plane + r * Width, sums[c][r]);
}

// So many register blocks of a row side by side. `left` and `right` are the columns of `in` between
// which not all is zero.
template <int Kernel, int Channels, int Positions>
void convolve_blocks(const float* filters, Planes in, int inputs, int kernel, Taps taps, int left,
                     int right, Vec* out, int out_plane, int count, Ahead& ahead) {
    for (int x = 0; count > 0; --count, x += Positions) {
        ahead.fetch();
        taps.left = std::max(0, left - (x + Positions - 1));
        taps.right = std::min(kernel, right - x);
        const Planes beside = {in.data + x, in.row, in.plane};
        if (Kernel == 1 || (taps.left == 0 && taps.right == kernel))
            convolve_block<Kernel, Channels, Positions, (Kernel > 0)>(
                filters, beside, inputs, kernel, taps, out + x, out_plane);
        else
            convolve_block<Kernel, Channels, Positions, false>(filters, beside, inputs, kernel,
                                                               taps, out + x, out_plane);
    }
}

using ConvolveBlocks = decltype(&convolve_blocks<1, 1, 1>);
constexpr int kMostBeside = registers_beside(1);

// By registers side by side; none stands for a single position.
template <int Kernel, int Channels, int... Registers>
constexpr auto convolve_blocks_of(std::integer_sequence<int, Registers...>) {
    constexpr int kMost = registers_beside(Channels);
    return std::array<ConvolveBlocks, kMostBeside + 1>{
        convolve_blocks<Kernel, Channels, values_in(std::min(Registers, kMost))>...};
}

template <int Kernel, int... Channels>
constexpr auto convolve_table(std::integer_sequence<int, Channels...>) {
    using Registers = std::make_integer_sequence<int, kMostBeside + 1>;
    return std::array{convolve_blocks_of<Kernel, Channels + 1>(Registers{})...};
}

template <int Kernel>
constexpr auto kConvolve = convolve_table<Kernel>(std::make_integer_sequence<int, kMostChannels>{});

// One row of so many output channels, in register blocks of nearly equal size from left to right.
template <int Kernel>
void convolve_row(const float* filters, Planes in, int inputs, int kernel, Taps taps, Filled filled,
                  Vec* out, int out_plane, int channels, int width, Ahead& ahead) {
    int x = 0;
    const auto add = [&](int registers, int count) {
        kConvolve<Kernel>[channels - 1][registers](filters, {in.data + x, in.row, in.plane}, inputs,
                                                   kernel, taps, filled.left - x, filled.right - x,
                                                   out + x, out_plane, count, ahead);
        x += count * values_in(registers);
    };
    const int registers = width / kWidest;
    const int blocks = divide_up(registers, registers_beside(channels));
    if (blocks > 0) {
        const int size = registers / blocks, larger = registers % blocks;
        if (larger > 0) add(size + 1, larger);
        add(size, blocks - larger);
    }
    if (width % kWidest) add(0, 1);
}

// The output channels in blocks, row by row. Kernel 0 stands for any other than those compiled.
template <int Kernel>
void convolve_all(const PackedFilters& filters, Planes in, Filled filled, MutablePlanes out,
                  int height, int width, Ahead& ahead) {
    const int inputs = filters.inputs(), kernel = filters.kernel(), plane = out.plane;
    const int count = inputs * kernel * kernel;
    for (int y = 0; y < height; ++y) {
        const Taps taps = {std::max(0, filled.top - y), std::min(kernel, filled.bottom - y), 0,
                           kernel};
        in_blocks(filters.outputs(), kMostChannels, [&](int first, int channels) {
            convolve_row<Kernel>(filters.data() + static_cast<ptrdiff_t>(first) * count,
                                 in.from(y, 0), inputs, kernel, taps, filled,
                                 out.from(y, 0).data + static_cast<ptrdiff_t>(first) * plane, plane,
                                 channels, width, ahead);
        });
    }
}

// A register block of `correlate`: `Channels` output channels times `Taps` filter positions, over
// all positions, `rows` rows at a time. A gradient is used `Taps` times, an input `Channels` times.
template <int Channels, int Taps>
void correlate_block(Planes gradient, const Vec* const* taps, int in_row, int height, int width,
                     int rows, Vec* sums, int sums_stride, Ahead& ahead) {
    constexpr int Width = Taps % kWidest ? 1 : kWidest;
    constexpr int Registers = Taps / Width;
    const Vec* line = gradient.data;
    const Vec* inputs[Taps];
    ENGINE_UNROLL(t, Taps) inputs[t] = taps[t];
    for (int top = 0; top < height; top += rows) {
        Wide<Width> local[Channels][Registers];
        ENGINE_UNROLL(c, Channels)
            ENGINE_UNROLL(r, Registers) local[c][r] = Wide<Width>{};
        ahead.fetch();
        for (int y = top; y < top + rows && y < height; ++y) {
            ENGINE_UNROLL_BY_4(x, width) {
                Wide<Width> seen[Registers];
                ENGINE_UNROLL(r, Registers) seen[r] = gather<Width>(inputs + r * Width, x);
                ENGINE_UNROLL(c, Channels) {
                    const auto g =
                        repeat<Width>(line[x + static_cast<ptrdiff_t>(c) * gradient.plane]);
                    ENGINE_UNROLL(r, Registers) local[c][r] = fma(g, seen[r], local[c][r]);
                }
            }
            line += gradient.row;
            ENGINE_UNROLL(t, Taps) inputs[t] += in_row;
        }
        ENGINE_UNROLL(c, Channels)
            ENGINE_UNROLL(r, Registers) {
                Vec* sum = sums + c * sums_stride + r * Width;
                store(sum, load<Width>(sum) + local[c][r]);
            }
    }
}

using CorrelateBlock = void (*)(Planes, const Vec* const*, int, int, int, int, Vec*, int, Ahead&);

template <int Channels, int... Registers>
constexpr auto correlate_blocks_of(std::integer_sequence<int, Registers...>) {
    return std::array<CorrelateBlock, kMostRegisters + 1>{
        correlate_block<Channels, values_in(Registers)>...};
}

template <int... Channels>
constexpr auto correlate_blocks(std::integer_sequence<int, Channels...>) {
    using Registers = std::make_integer_sequence<int, kMostRegisters + 1>;
    return std::array{correlate_blocks_of<Channels + 1>(Registers{})...};
}

// By output channels, and by registers of filter positions; none stands for a single position.
constexpr auto kCorrelate = correlate_blocks(std::make_integer_sequence<int, kMostCorrelated>{});

}  // namespace

PackedFilters::PackedFilters(int outputs, int inputs, int kernel)
    : outputs_(outputs),
      inputs_(inputs),
      kernel_(kernel),
      data_(static_cast<size_t>(outputs) * inputs * kernel * kernel) {}

void PackedFilters::pack(const float* filters) {
    const int square = kernel_ * kernel_;
    float* next = data_.data();
    finite_ =
        std::all_of(filters, filters + data_.size(), [](float x) { return std::isfinite(x); });
    in_blocks(outputs_, kMostChannels, [&](int first, int channels) {
        for (int input = 0; input < inputs_; ++input)
            for (int place = 0; place < square; ++place)
                for (int c = 0; c < channels; ++c)
                    *next++ = filters[(static_cast<size_t>(first + c) * inputs_ + input) * square +
                                      place];
    });
}

void convolve(const PackedFilters& filters, Planes in, Filled filled, MutablePlanes out, int height,
              int width, Ahead& ahead) {
    // Zero times infinity is no number: how much of it is skipped must not hang on register blocks.
    const int kernel = filters.kernel();
    if (!filters.finite()) filled = {0, height + kernel, 0, width + kernel};
    switch (kernel) {
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
        const auto add = [&](int tap, int registers) {
            const Vec* starts[kMostRegisters * kWidest];
            for (int t = 0; t < values_in(registers); ++t) {
                starts[t] = plane + row * in.row + column;
                if (++column < kernel) continue;
                column = 0;
                if (++row < kernel) continue;
                row = 0;
                plane += in.plane;
            }
            kCorrelate[channels - 1][registers](part, starts, in.row, height, width, rows,
                                                sums + static_cast<ptrdiff_t>(first) * taps + tap,
                                                taps, ahead);
        };
        in_blocks(taps / kWidest, kMostRegisters,
                  [&](int before, int registers) { add(before * kWidest, registers); });
        if (taps % kWidest) add(taps - 1, 0);
    });
}

}  // namespace engine
