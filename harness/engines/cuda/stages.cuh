// What kernels copy to memory that a block's threads share: stage after stage, in two halves, one
// of which is read while the other is written.
//
// Such a kernel has `stages`, and `half`, the floats of one. Of each stage, thread n of a block
// copies `staging(part, stage)` of the `Part` that `part_of(seed, block, n)` gives, if n is below
// `staged_parts()`; all of them are `staged_floats(part of thread 0, stage)` floats. A thread whose
// `Seat`, from `seat(block, thread)`, is `within` then has `Sums`, from `clear` by way of
// `add_stage` to `put`.
#pragma once

#include "views.cuh"

namespace engine::cuda {

constexpr int kArrivalBytes = 128;  // at the beginning of shared memory, before the halves

// A copy of values that lie one after the other, to a place in shared memory: numbers of floats,
// multiples of four.
struct Staging {
    const float* from;
    int to, count;
};

}  // namespace engine::cuda
