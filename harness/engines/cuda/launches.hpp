// The kernels of a training step and of an evaluation, in order, for all seeds of a group. They
// are run elsewhere: by a device's driver, or as loops (emulated.hpp).
#pragma once

#include <cstring>

#include "kernels.cuh"
#include "memory.hpp"

namespace engine::cuda {

#define ENGINE_CUDA_NAME(name, ...) name,
enum class Kernel {
    ENGINE_CUDA_KERNELS(ENGINE_CUDA_NAME, ENGINE_CUDA_NAME, ENGINE_CUDA_NAME, ENGINE_CUDA_NAME)
};
#undef ENGINE_CUDA_NAME
// The name of its entry point.
const char* name_of(Kernel kernel);

// One kernel for all seeds of a walk: a grid of `blocks` x `seeds` blocks of `threads` threads.
struct Launch {
    Kernel kernel;
    unsigned blocks, seeds, threads;
    Walk walk;
    std::vector<unsigned char> body;  // the kernel's first argument, by value, before the walk
    bool brief = false;               // it touches little memory
    unsigned shared = 0;              // bytes that the threads of a block share
};

using Launched = std::vector<Launch>;

// Bytes of each block's shared memory that the driver may keep.
constexpr size_t kOfDriver = 1024;

// What decides which of two kernels is the faster one; no result depends on it.
struct Room {
    int processors;       // of the device, each for a block at least
    size_t shared_bytes;  // that the threads of a block can share
    int fewest_threads;   // of a block that keep a processor busy
};

class Launches {
public:
    // `addresses` are those of the memory's regions; those of empty regions may be null.
    Launches(const Memory& memory, std::vector<void*> addresses, const Room& room);

    // To be run before the first step, once parameters and rules are there.
    Launched begin() const;
    // The masks of that step and of the following ones, as many as are drawn at once; none after
    // the last step. They take the places of steps that come before the ones drawn last.
    Launched draw_masks(int first_step) const;
    // A step on `count` images per seed, after which the device's clock advances.
    Launched step(int count) const;
    // The first `count` of the test images.
    Launched evaluation(int count) const;

private:
    template <class T>
    T* at(RegionNumber region) const {
        return static_cast<T*>(addresses_[region]);
    }
    template <class T>
    T* at_or_null(RegionNumber region) const {
        return memory_.regions()[region].bytes ? at<T>(region) : nullptr;
    }
    Planes planes(RegionNumber data, const PlaneSizes& sizes) const;
    // The planes without their padding.
    Planes within(RegionNumber data, const PlaneSizes& sizes) const;
    Clock clock() const;
    Moments moments() const;
    Values values_of(const BlockMemory& block) const;
    Normalised normalised(const BlockMemory& block) const;

    void put_images(Launched& launched, int count) const;
    void pack(Launched& launched) const;
    void convolve(Launched& launched, const BlockMemory& block, int tiles) const;
    void convolve_back(Launched& launched, size_t n, int tiles) const;
    void normalise(Launched& launched, const BlockMemory& block, int count) const;
    void produce(Launched& launched, size_t n, int tiles, bool training) const;
    void evaluate_tiles(Launched& launched, int first, int count) const;
    void lose(Launched& launched, int count) const;
    void go_back(Launched& launched, size_t n, int count) const;
    void sum_gradients(Launched& launched, const BlockMemory& block, int count) const;
    void correlate_first(Launched& launched, int count) const;
    void correlate(Launched& launched, const BlockMemory& block, int tiles) const;
    bool correlate_staged(Launched& launched, const BlockMemory& block, int tiles) const;
    void join_parts(Launched& launched, const BlockMemory& block, int tiles) const;

    const Memory& memory_;
    const Group& group_;
    std::vector<void*> addresses_;
    Room room_;
};

}  // namespace engine::cuda
