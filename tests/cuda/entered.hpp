// An emulated device that runs the entry points which NVRTC compiles, with a launch's blocks and
// threads, where the usual one has loops: blocks in either direction, threads in any order.
#pragma once

#include "emulated.hpp"

namespace engine::cuda {

class EnteredDevice : public EmulatedDevice {
private:
    void run_one(const Launch& launch) override;
};

// Bytes that the threads of a block can share.
constexpr unsigned kMostShared = 232448;

// Of the kernel with that number: how many threads a block may have.
unsigned most_threads(Kernel kernel);

}  // namespace engine::cuda
