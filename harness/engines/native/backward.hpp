// From the gradient of the last block's result to that of all parameters.
#pragma once

#include <functional>

#include "forward.hpp"

namespace engine {

// Puts the gradient of the last block's result for a tile there; a result and its gradient have
// one position.
using LossGradient = std::function<void(TileResult& last, Vec* gradient)>;

// Takes a batch back through all blocks, and writes the parameters' gradients.
void train_backward(const ReadyBlocks& blocks, int images, const LossGradient& loss,
                    Parameters& values, Parameters& gradients);

}  // namespace engine
