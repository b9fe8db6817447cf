#include <array>
#include <cmath>
#include <utility>

#include "kernels.hpp"
#include "register_blocks.hpp"

namespace engine {

namespace {

constexpr int kMostChannels = 6;  // output channels in a register block

// Registers side by side in a register block: its sums, a filter value and nearly all of the inputs
// fit into 16 registers (32 of the wider ones).
constexpr int registers_beside(int channels) {
    if (kWidest > 1) return channels <= 3 ? 6 : channels == 4 ? 5 : 4;
    return channels <= 1 ? 8 : channels == 2 ? 6 : channels == 3 ? 4 : channels == 4 ? 3 : 2;
}

// What the register blocks of a row have in common: packed filters of their output channels, and
// the filter rows that see more than zeros.
struct Row {
    const float* filters;
    int inputs, kernel;
    int top, bottom;
    int in_row, in_plane, out_plane;
};

// Columns from `left` up to but without `right`.
struct Columns {
    int left, right;
    Columns from(int x) const { return {left - x, right - x}; }
};

// A register block's sums: `Channels` output channels at `Registers` registers of columns.
template <int Channels, int Registers, int Width>
struct BlockSums {
    Wide<Width> of[Channels][Registers];

    ENGINE_INLINE BlockSums() {
        ENGINE_UNROLL
        for (int c = 0; c < Channels; ++c) {
            ENGINE_UNROLL
            for (int r = 0; r < Registers; ++r) of[c][r] = Wide<Width>{};
        }
    }
    // Adds a filter value of each channel, broadcast, times the inputs.
    ENGINE_INLINE void add(const float* filters, const Vec* inputs) {
        Wide<Width> x[Registers];
        ENGINE_UNROLL
        for (int r = 0; r < Registers; ++r) x[r] = load<Width>(inputs + r * Width);
        ENGINE_UNROLL
        for (int c = 0; c < Channels; ++c) {
            const auto filter = broadcast<Width>(filters[c]);
            ENGINE_UNROLL
            for (int r = 0; r < Registers; ++r) of[c][r] = fma(filter, x[r], of[c][r]);
        }
    }
    ENGINE_INLINE void put(Vec* out, int plane) const {
        ENGINE_UNROLL
        for (int c = 0; c < Channels; ++c) {
            ENGINE_UNROLL
            for (int r = 0; r < Registers; ++r) store(out + c * plane + r * Width, of[c][r]);
        }
    }
};

// `Channels` output channels at `Positions` neighbouring columns, with some columns of the filters.
template <int Kernel, int Channels, int Positions, bool AllColumns>
ENGINE_INLINE void convolve_block(const Row& row, Columns columns, const Vec* in, Vec* out) {
    const int side = Kernel ? Kernel : row.kernel;
    // With a single filter row, skipping rows does not pay.
    const int top = Kernel == 1 ? 0 : row.top, bottom = Kernel == 1 ? 1 : row.bottom;
    constexpr int Width = Positions % kWidest ? 1 : kWidest;
    BlockSums<Channels, Positions / Width, Width> sums;
    const float* filters = row.filters;
    for (int input = 0; input < row.inputs; ++input, filters += side * side * Channels) {
        for (int y = top; y < bottom; ++y) {
            const Vec* line = in + ptrdiff_t(input) * row.in_plane + y * row.in_row;
            const float* filter_row = filters + y * side * Channels;
            if constexpr (AllColumns) {
                ENGINE_UNROLL
                for (int x = 0; x < side; ++x) sums.add(filter_row + x * Channels, line + x);
            } else {
                for (int x = columns.left; x < columns.right; ++x)
                    sums.add(filter_row + x * Channels, line + x);
            }
        }
    }
    sums.put(out, row.out_plane);
}

// `count` register blocks side by side. All columns of `in` outside `filled` are zero.
template <int Kernel, int Channels, int Positions>
void convolve_blocks(const Row& given, Columns filled, const Vec* in, Vec* out, int count,
                     Ahead& ahead) {
    const Row row = given;  // a copy, which nothing else can change
    for (int x = 0; count > 0; --count, x += Positions) {
        ahead.fetch();
        const Columns columns = {std::max(0, filled.left - (x + Positions - 1)),
                                 std::min(row.kernel, filled.right - x)};
        if (Kernel == 1 || (columns.left == 0 && columns.right == row.kernel))
            convolve_block<Kernel, Channels, Positions, (Kernel > 0)>(row, columns, in + x,
                                                                      out + x);
        else convolve_block<Kernel, Channels, Positions, false>(row, columns, in + x, out + x);
    }
}

using ConvolveBlocks = decltype(&convolve_blocks<1, 1, 1>);
constexpr int kMostBeside = registers_beside(1);

// Functions by number of registers side by side; 0 registers means a single position.
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

// `channels` output channels at `width` columns, in register blocks of nearly equal size.
template <int Kernel>
void convolve_row(const Row& row, Columns filled, const Vec* in, Vec* out, int channels, int width,
                  Ahead& ahead) {
    int x = 0;
    const auto add = [&](int registers, int count) {
        kConvolve<Kernel>[channels - 1][registers](row, filled.from(x), in + x, out + x, count,
                                                   ahead);
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

// The output channels in blocks, row by row. Kernel 0 means any size that is not compiled
// specially.
template <int Kernel>
void convolve_all(const Convolution& work, Filled filled, Ahead& ahead) {
    const FilterShape shape = work.filters.shape();
    const int count = shape.inputs * shape.kernel * shape.kernel;
    for (int y = 0; y < work.height; ++y) {
        const int top = std::max(0, filled.top - y);
        const int bottom = std::min(shape.kernel, filled.bottom - y);
        const Vec* in = work.in.from(y, 0).data;
        const MutablePlanes out = work.out.from(y, 0);
        in_blocks(shape.outputs, kMostChannels, [&](int first, int channels) {
            const Row row = {work.filters.data() + ptrdiff_t(first) * count,
                             shape.inputs,
                             shape.kernel,
                             top,
                             bottom,
                             work.in.row,
                             work.in.plane,
                             out.plane};
            convolve_row<Kernel>(row, {filled.left, filled.right}, in,
                                 out.channels_from(first).data, channels, work.width, ahead);
        });
    }
}

}  // namespace

PackedFilters::PackedFilters(FilterShape shape, const float* filters)
    : shape_(shape),
      finite_(
          std::all_of(filters, filters + shape.count(), [](float x) { return std::isfinite(x); })),
      data_(shape.count()) {
    const int square = shape.kernel * shape.kernel;
    float* next = data_.data();
    in_blocks(shape.outputs, kMostChannels, [&](int first, int channels) {
        for (int input = 0; input < shape.inputs; ++input)
            for (int place = 0; place < square; ++place)
                for (int c = 0; c < channels; ++c)
                    *next++ = filters[(size_t(first + c) * shape.inputs + input) * square + place];
    });
}

void convolve(const Convolution& work, Ahead& ahead) {
    const int kernel = work.filters.shape().kernel;
    // Zero times infinity is NaN: how much is skipped must not depend on the register blocks.
    const Filled all = {0, work.height + kernel, 0, work.width + kernel};
    const Filled filled = work.filters.finite() ? work.filled : all;
    switch (kernel) {
        case 1: return convolve_all<1>(work, filled, ahead);
        case 3: return convolve_all<3>(work, filled, ahead);
        case 5: return convolve_all<5>(work, filled, ahead);
        default: return convolve_all<0>(work, filled, ahead);
    }
}

}  // namespace engine
