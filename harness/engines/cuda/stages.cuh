// What kernels copy to memory that a block's threads share: stage after stage, in two halves, one
// of which is read while the other is written. Of each stage, a thread copies the same `Part`, and
// reads from its `Seat`.
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
