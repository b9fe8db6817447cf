// Launching kernels that read from shared memory, where they are faster.
#pragma once

#include "launch.hpp"

namespace engine::cuda {

// Adds the staged kernel in the place of `plain`, and returns true, if there is room for it, and
// seeds enough to keep a device busy.
template <int CB>
bool add_staged(Launched& launched, const Convolve<3, CB>& plain, const Room& room, int seeds);

}  // namespace engine::cuda
