// What the kernels fetch while they work on a strip: what the next strip will read (after a tile's
// last strip, the first one of the next tile), and memory that will soon be written.
#pragma once

#include "block.hpp"

namespace engine {

// Forward: `rows` of a tile's convolution are computed. `before` is null for the first block.
void look_ahead_forward(const Block& block, const Block* before, int tile, Rows rows, Ahead& ahead);

// Backward: rows of the convolution's gradient go back to rows of the input's.
struct BackwardStrip {
    Rows input, convolved;
};
void look_ahead_backward(const Block& block, const Block* before, int tile, BackwardStrip strip,
                         Ahead& ahead);

}  // namespace engine
