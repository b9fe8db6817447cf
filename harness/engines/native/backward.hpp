// From the gradient of the last block's result to that of all parameters.
#pragma once

#include <functional>

#include "forward.hpp"

namespace engine {

// Writes the gradient of the last block's result for a tile; that result has a single position.
using LossGradient = std::function<void(TileResult& last, Vec* gradient)>;

// Takes a batch back through all blocks, and writes the parameters' gradients.
void train_backward(const ReadyBlocks& blocks, int images, const LossGradient& loss,
                    Parameters& values, Parameters& gradients);

}  // namespace engine
