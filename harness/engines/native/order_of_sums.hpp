// The constants that decide in which order numbers are added up, and so the bits: for the kernels
// here and for those of ../cuda, which compiles this file for the device too. Whoever changes one
// of them must increase NUMERICS in native_engine.py.
#pragma once

namespace engine {

constexpr int kLanes = 8;  // images side by side, added up last

// A strip has about this many positions: enough to keep the kernels busy, and so few that their
// values stay in the caches.
constexpr int kStripPositions = 96;
// About this many positions are added up before their sum is added to the filters' gradient: on a
// flat background, where rounding errors do not cancel, long sums lose digits.
constexpr int kSummedTogether = 24;
// This many values are added up in float, in several chains, before their sum is added in double.
constexpr int kPortion = 16, kChains = 4;

constexpr int divide_up(int a, int b) { return (a + b - 1) / b; }
constexpr int rows_summed_together(int width) { return divide_up(kSummedTogether, width); }

}  // namespace engine
