// What holds a group's memory and runs its kernels.
#pragma once

#include <cstddef>
#include <vector>

#include "launches.hpp"

namespace engine::cuda {

class Device {
public:
    virtual ~Device() = default;
    // Memory for regions, all zero, until the device ends: their addresses.
    virtual std::vector<void*> take(const std::vector<Region>& regions) = 0;
    virtual void upload(void* to, const void* from, size_t bytes) = 0;
    // Waits for what was run before.
    virtual void download(void* to, const void* from, size_t bytes) = 0;
    // Kernels one after the other; need not wait for them.
    virtual void run(const Launched& launched) = 0;
};

}  // namespace engine::cuda
