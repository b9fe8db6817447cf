#include <array>
#include <utility>

#include "kernels.hpp"
#include "register_blocks.hpp"

namespace engine {

namespace {

// Output channels in a register block, and its registers of filter positions. AVX-512 has 32
// registers.
constexpr int kMostCorrelated = kWidest > 1 ? 5 : 4;
constexpr int kMostRegisters = kWidest > 1 ? 5 : 3;

// What the register blocks of some output channels have in common: their gradient, and the
// positions to sum over, `together` rows at a time.
struct Positions {
    Planes gradient;
    int in_row;
    int height, width, together;
    int sums_stride;  // from one output channel to the next
};

// A register block's sums: for each output channel, registers of filter positions.
template <int Channels, int Registers, int Width>
using Sums = Wide<Width>[Channels][Registers];

// Adds a register block's sums to the sums in memory.
template <int Channels, int Registers, int Width>
ENGINE_INLINE void add_to(Vec* sums, int stride, const Sums<Channels, Registers, Width>& local) {
    ENGINE_UNROLL
    for (int c = 0; c < Channels; ++c) {
        ENGINE_UNROLL
        for (int r = 0; r < Registers; ++r) {
            Vec* sum = sums + c * stride + r * Width;
            store(sum, load<Width>(sum) + local[c][r]);
        }
    }
}

// `Channels` output channels times `Taps` filter positions, which see `first_inputs` at the first
// position. Each gradient is used `Taps` times, each input `Channels` times.
template <int Channels, int Taps>
void correlate_block(const Positions& given, const Vec* const* first_inputs, Vec* sums,
                     Ahead& ahead) {
    const Positions positions = given;  // a copy, which nothing else can change
    constexpr int Width = Taps % kWidest ? 1 : kWidest, Registers = Taps / Width;
    const Vec* line = positions.gradient.data;
    const Vec* inputs[Taps];
    ENGINE_UNROLL
    for (int t = 0; t < Taps; ++t) inputs[t] = first_inputs[t];
    for (int top = 0; top < positions.height; top += positions.together) {
        Sums<Channels, Registers, Width> local = {};
        ahead.fetch();
        for (int y = top; y < top + positions.together && y < positions.height; ++y) {
            ENGINE_UNROLL_BY_4
            for (int x = 0; x < positions.width; ++x) {
                Wide<Width> seen[Registers];
                ENGINE_UNROLL
                for (int r = 0; r < Registers; ++r) seen[r] = gather<Width>(inputs + r * Width, x);
                ENGINE_UNROLL
                for (int c = 0; c < Channels; ++c) {
                    const auto g = repeat<Width>(line[x + ptrdiff_t(c) * positions.gradient.plane]);
                    ENGINE_UNROLL
                    for (int r = 0; r < Registers; ++r) local[c][r] = fma(g, seen[r], local[c][r]);
                }
            }
            line += positions.gradient.row;
            ENGINE_UNROLL
            for (int t = 0; t < Taps; ++t) inputs[t] += positions.in_row;
        }
        add_to<Channels, Registers, Width>(sums, positions.sums_stride, local);
    }
}

using CorrelateBlock = decltype(&correlate_block<1, 1>);

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

// Functions by output channels and registers of filter positions; 0 means a single position.
constexpr auto kCorrelate = correlate_blocks(std::make_integer_sequence<int, kMostCorrelated>{});

// Goes through the filter positions and gives the input that each of them sees first.
class FilterPositions {
public:
    FilterPositions(Planes in, int kernel) : in_(in), kernel_(kernel) {}

    const Vec* next() {
        const Vec* seen = in_.from(row_, column_).data;
        if (++column_ < kernel_) return seen;
        column_ = 0;
        if (++row_ < kernel_) return seen;
        row_ = 0;
        in_ = in_.channels_from(1);
        return seen;
    }

private:
    Planes in_;
    int kernel_, row_ = 0, column_ = 0;
};

}  // namespace

void correlate(const Correlation& work, Ahead& ahead) {
    const int taps = work.filters.count() / work.filters.outputs;
    const int together = rows_summed_together(work.width);
    in_blocks(work.filters.outputs, kMostCorrelated, [&](int first, int channels) {
        const Positions positions = {work.gradient.channels_from(first),
                                     work.in.row,
                                     work.height,
                                     work.width,
                                     together,
                                     taps};
        FilterPositions filter(work.in, work.filters.kernel);
        const auto add = [&](int tap, int registers) {
            const Vec* inputs[kMostRegisters * kWidest];
            for (int t = 0; t < values_in(registers); ++t) inputs[t] = filter.next();
            kCorrelate[channels - 1][registers](positions, inputs,
                                                work.sums + ptrdiff_t(first) * taps + tap, ahead);
        };
        in_blocks(taps / kWidest, kMostRegisters,
                  [&](int before, int registers) { add(before * kWidest, registers); });
        if (taps % kWidest) add(taps - 1, 0);
    });
}

}  // namespace engine
