// Which arrangement of kernels is the fastest, which only the device can tell.
#pragma once

#include <functional>

#include "arrangement.hpp"
#include "device.hpp"

namespace engine::cuda {

// Those that may be fast on a device whose processors share a cache of so many bytes.
std::vector<Arrangement> arrangements(int seeds, size_t cache_bytes);

// The one in which these kernels, of so many seeds, take the least time; `restart` is called each
// time before they run.
Arrangement fastest(Device& device, const Launched& launched, int seeds,
                    const std::function<void()>& restart);

}  // namespace engine::cuda
