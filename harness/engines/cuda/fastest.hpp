// Which arrangement of kernels is the fastest, which only the device can tell.
#pragma once

#include <functional>

#include "arrangement.hpp"
#include "device.hpp"

namespace engine::cuda {

// Those of these kernels that may be fast on a device whose processors share a cache of so many
// bytes, the plain one first; no two of them are the same.
std::vector<Arrangement> arrangements(const Launched& launched, int seeds, size_t cache_bytes);

// The least of so many measurements; none follows one that is hopeless.
double least_of(const std::function<double()>& once, int times, double hopeless);

// The one that takes the fewest seconds, or the first if it takes hardly more. Those for which
// `seconds` throws TooLittleMemory are left out, but the first must not.
Arrangement fastest(const std::vector<Arrangement>& all,
                    const std::function<double(Arrangement)>& seconds);

// The one in which training steps take the least time. `restart` moves all seeds back to their
// first step; the steps leave other numbers everywhere in the memory.
Arrangement fastest(Device& device, const Launches& launches, const Group& group,
                    const std::function<void()>& restart);

}  // namespace engine::cuda
