// A block: a convolution and what follows it up to the next one: ReLU and batch normalisation in
// either order, dropout, a pooling. Here is its memory; the passes through it are forward.hpp,
// backward.hpp and Network::evaluate.
//
// What a block keeps of a batch are the convolution's outputs (after a ReLU that comes first), the
// dropout masks and the gradient of its result; the outputs only if they took many multiplications,
// else they are computed anew. The block's result is computed from them wherever it is needed,
// forward and backward, and the gradient of the outputs from that of the result. All that is
// cheaper than writing it to memory and reading it again.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels.hpp"
#include "layout.hpp"
#include "memory.hpp"
#include "random.hpp"

namespace engine {

// Where blocks keep their gradients: a ring of places for a tile each, of which tile 0 has number
// `first`.
struct Ring {
    Vec* data;
    size_t place;  // vectors from one to the next
    int places, first;
    Vec* of(int tile) const { return data + size_t((first + tile) % places) * place; }
};

class Block {
public:
    // The first block, or one that follows another, for batches of up to `tiles` tiles.
    Block(const Layout& layout, bool first, int tiles);

    const Layout& layout() const { return layout_; }
    int tiles() const { return tiles_; }
    // For a block that is normalised: the others keep one tile's gradient.
    void keep_gradients_in(Ring ring) { gradients_ = ring; }
    // Draws the dropout masks of as many tiles as a batch has; `threshold` of 65,536 are dropped.
    void draw_masks(DropoutBits& bits, int tiles, uint32_t threshold);

    // The input, with its padding: the first block's of every tile, else of one.
    MutablePlanes padded_input(int tile) const;
    MutablePlanes input(int tile) const {
        const int padding = layout_.spec().padding;
        return padded_input(tile).from(padding, padding);
    }
    // The convolution's outputs: of every tile where they are kept, else of one.
    MutablePlanes outputs(int tile) const;
    // A byte a position, and what the values that stay are multiplied by.
    const uint8_t* masks(int tile, int channel) const;
    float kept_scale() const { return kept_scale_; }
    MutablePlanes result_gradient(int tile) const;
    // Of one tile, with its padding.
    MutablePlanes convolution_gradient() const;
    // The sums of the filters' gradient, lane by lane.
    Vec* filter_sums() const { return filter_sums_.get(); }

private:
    Layout layout_;
    bool first_;
    int tiles_;
    std::vector<uint8_t> masks_;
    float kept_scale_ = 1;
    Ring gradients_;
    VecBuffer inputs_, outputs_, tile_gradient_, convolution_gradient_, filter_sums_;
};

}  // namespace engine
