// How the kernels of seeds, which need nothing of each other, are spread over a device. No result
// depends on it.
#pragma once

#include "launches.hpp"

namespace engine::cuda {

struct Arrangement {
    int streams = 1;   // side by side, each with a share of the seeds
    size_t cache = 0;  // bytes that the seeds of all streams which go through a block together may
                       // take, to be found in a cache; 0: a stream's seeds all go together
};

// The kernels of each stream, in order; those of different streams may run in any order. The
// kernels given are for all of so many seeds.
std::vector<Launched> arranged(const Launched& launched, int seeds, Arrangement arrangement);

size_t launches_of(const std::vector<Launched>& streams);

}  // namespace engine::cuda
