// What decides in which order numbers are added up, and so the bits: for the kernels here and for
// those of ../cuda, which compiles this file for the device too. To change anything is to raise
// NUMERICS in native_engine.py.
#pragma once

namespace engine {

constexpr int kLanes = 8;  // images side by side, added up last

// About this many positions make a strip: enough to keep the kernels busy, few enough that their
// values stay in the caches.
constexpr int kStripPositions = 96;
// About this many positions are added up before their sum joins others in the filters' gradient:
// on a flat background, where roundings do not cancel, long sums lose digits.
constexpr int kSummedTogether = 24;
// This many values are added up in float, in chains side by side, before their sum goes on in
// double.
constexpr int kPortion = 16, kChains = 4;

constexpr int divide_up(int a, int b) { return (a + b - 1) / b; }
constexpr int rows_summed_together(int width) { return divide_up(kSummedTogether, width); }

}  // namespace engine
