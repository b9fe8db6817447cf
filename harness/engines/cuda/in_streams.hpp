// Kernels of seeds, which need nothing of each other, in streams side by side. No result depends
// on how many there are.
#pragma once

#include "launches.hpp"

namespace engine::cuda {

// The kernels of each stream, in order; those of different streams may run in any order. The
// kernels given are for all of so many seeds, of which each stream takes a share.
std::vector<Launched> in_streams(const Launched& launched, int seeds, int streams);

}  // namespace engine::cuda
