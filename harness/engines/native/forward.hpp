// From the images of a batch, or of a tile, to blocks whose results can be computed.
#pragma once

#include "parameters.hpp"
#include "tile_values.hpp"

namespace engine {

using ReadyBlocks = std::vector<ReadyBlock>;

// What dropout does in a training step.
struct Dropout {
    DropoutBits bits;
    uint32_t threshold;  // of 65,536 draws
};

// Training: takes `images` images, which are the first block's input, through all blocks, and
// updates the running statistics.
ReadyBlocks train_forward(std::vector<Block>& blocks, int images, Parameters& values,
                          AllRunningStatistics& running, Dropout dropout);

// Evaluation: uses the running statistics, and no dropout.
ReadyBlocks ready_to_evaluate(const std::vector<Block>& blocks, Parameters& values,
                              AllRunningStatistics& running);

}  // namespace engine
