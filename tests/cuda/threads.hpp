// A block of a kernel's threads, by one thread of this processor: they take turns at random, from
// one place where they wait for each other to the next.
#pragma once

#include <functional>
#include <random>

// CUDA's names, for the thread whose turn it is.
struct Index {
    unsigned x, y, z;
};
extern thread_local Index threadIdx, blockIdx, blockDim;

// Waits for all threads of the block.
void __syncthreads();

namespace engine::cuda {

constexpr unsigned kWarp = 32;

// Runs `body` in as many threads as `blockDim` says. Ends the program, with a message, if some of
// them wait where others do not, or if the last warp is not full.
void run_block(const std::function<void()>& body, std::minstd_rand& random);

// What the thread with that number in this one's warp gives, once all of the warp give something.
double exchanged(double given, unsigned from);

}  // namespace engine::cuda

// Of `width` neighbours, the value of the one with that number; all threads of the warp take part.
inline double __shfl_sync(unsigned, double given, int from, int width) {
    const unsigned lane = threadIdx.x % engine::cuda::kWarp;
    return engine::cuda::exchanged(given, lane / width * width + from);
}
