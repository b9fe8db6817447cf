#include "entered.hpp"

#include <cstdio>
#include <cstdlib>

#include "threads.hpp"

namespace engine::cuda {

// What the threads of a block share, and behind it bytes that they must leave alone.
class SharedMemory {
public:
    unsigned char* data() { return bytes_; }
    void begin(unsigned size) { std::memset(bytes_ + size, kUntouched, kGuard); }
    void check(unsigned size) const {
        for (unsigned i = size; i < size + kGuard; ++i)
            if (bytes_[i] != kUntouched) {
                std::fputs("a block wrote beyond its shared memory\n", stderr);
                std::abort();
            }
    }

private:
    static constexpr unsigned kGuard = 4096;
    static constexpr unsigned char kUntouched = 0xA5;
    alignas(128) unsigned char bytes_[kMostShared + kGuard];
};
thread_local SharedMemory shared_memory;

}  // namespace engine::cuda

// What of CUDA's language entries.cu has, for a block whose threads take turns.
#define __global__ __attribute__((visibility("hidden")))
#define __launch_bounds__(...)
#define __grid_constant__
#define __shared__ static thread_local
#define SHARED(name) unsigned char* const name = shared_memory.data()
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
    shared_memory.begin(launch.shared);
    each(either_order(), static_cast<int>(launch.seeds * launch.blocks), [&](int n) {
        blockIdx = {n % launch.blocks, n / launch.blocks, 0};
        if (entered.waits) return run_block(thread, random_);
        each(either_order(), static_cast<int>(launch.threads), [&](int number) {
            threadIdx = {static_cast<unsigned>(number), 0, 0};
            thread();
        });
    });
    shared_memory.check(launch.shared);
}

}  // namespace engine::cuda
