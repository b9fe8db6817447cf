// How many streams are the fastest, which only the device can tell.
#pragma once

#include <functional>
#include <vector>

#include "device.hpp"
#include "in_streams.hpp"

namespace engine::cuda {

// The numbers of streams that may be the fastest for so many seeds, a single one first.
std::vector<int> numbers_of_streams(int seeds);

// The number that takes the fewest seconds, or the first if it takes hardly more. Those for which
// `seconds` throws TooLittleMemory are left out, but the first must not.
int fastest(const std::vector<int>& numbers, const std::function<double(int)>& seconds);

// The number with which training steps take the least time. `restart` moves all seeds back to
// their first step; the steps leave other numbers everywhere in the memory.
int fastest(Device& device, const Launches& launches, const Group& group,
            const std::function<void()>& restart);

}  // namespace engine::cuda
