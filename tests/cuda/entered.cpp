#include "entered.hpp"

#include "threads.hpp"

// What of CUDA's language entries.cu has, for a block whose threads take turns.
#define __global__ __attribute__((visibility("hidden")))
#define __launch_bounds__(...)
#define __grid_constant__
#define __shared__ static thread_local
#define SHARED(name) alignas(128) static thread_local unsigned char name[kMostShared]
#include "../../harness/engines/cuda/entries.cu"

namespace engine::cuda {

namespace {

struct Entry {
    void (*call)(const void* body, Walk walk);
    unsigned most_threads;
    bool waits;  // its threads wait for each other
};
#define ENTRY_OF(waits, name, ...)                                                            \
    {[](const void* body, Walk walk) { name(*static_cast<const __VA_ARGS__*>(body), walk); }, \
     __VA_ARGS__::kThreads, waits},
#define ALONE(name, ...) ENTRY_OF(false, name, __VA_ARGS__)
#define TOGETHER(name, ...) ENTRY_OF(true, name, __VA_ARGS__)
constexpr Entry kEntries[] = {ENGINE_CUDA_KERNELS(ALONE, TOGETHER, TOGETHER, TOGETHER)};

const Entry& entry(Kernel kernel) { return kEntries[static_cast<size_t>(kernel)]; }

}  // namespace

unsigned most_threads(Kernel kernel) { return entry(kernel).most_threads; }

void EnteredDevice::run_one(const Launch& launch) {
    const Entry& entered = entry(launch.kernel);
    const auto thread = [&] { entered.call(launch.body.data(), launch.walk); };
    blockDim = {launch.threads, 1, 1};
    each(either_order(), static_cast<int>(launch.seeds * launch.blocks), [&](int n) {
        blockIdx = {n % launch.blocks, n / launch.blocks, 0};
        if (entered.waits) return run_block(thread, random_);
        each(either_order(), static_cast<int>(launch.threads), [&](int number) {
            threadIdx = {static_cast<unsigned>(number), 0, 0};
            thread();
        });
    });
}

}  // namespace engine::cuda
