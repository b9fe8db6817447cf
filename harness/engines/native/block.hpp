// A block: a convolution and what follows it up to the next one: ReLU and batch normalisation in
// either order, dropout, a pooling. Here is its memory; the passes through it are forward.hpp,
// backward.hpp and Network::evaluate.
//
// Of a batch, a block keeps the convolution's outputs (after a ReLU that comes first), the dropout
// masks and the gradient of its result. It keeps outputs only if they took many multiplications;
// others are computed again. The block's result is computed from the outputs wherever it is needed,
// forward and backward, and the gradient of the outputs from the gradient of the result. All this
// is cheaper than writing results to memory and reading them again.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels.hpp"
#include "layout.hpp"
#include "memory.hpp"
#include "random.hpp"

namespace engine {

// Where blocks keep their gradients: a ring of places for one tile each; tile 0 has place `first`.
struct Ring {
    Vec* data;
    size_t place;  // vectors from one place to the next
    int places, first;
    Vec* of(int tile) const { return data + size_t((first + tile) % places) * place; }
};

class Block {
public:
    // The first block, or one that follows another, for batches of up to `tiles` tiles.
    Block(const Layout& layout, bool first, int tiles);

    const Layout& layout() const { return layout_; }
    int tiles() const { return tiles_; }
    // For a block with normalisation: other blocks keep the gradient of a single tile.
    void keep_gradients_in(Ring ring) { gradients_ = ring; }
    // Draws the dropout masks of `tiles` tiles; `threshold` of 65,536 draws drop a value.
    void draw_masks(DropoutBits& bits, int tiles, uint32_t threshold);

    // The input with its padding: in the first block of every tile, in others of a single tile.
    MutablePlanes padded_input(int tile) const;
    MutablePlanes input(int tile) const {
        const int padding = layout_.spec().padding;
        return padded_input(tile).from(padding, padding);
    }
    // The convolution's outputs: of every tile if they are kept, else of a single tile.
    MutablePlanes outputs(int tile) const;
    // One byte per position, and the factor of the values that are kept.
    const uint8_t* masks(int tile, int channel) const;
    float kept_scale() const { return kept_scale_; }
    MutablePlanes result_gradient(int tile) const;
    // The gradient of the convolution's outputs for one tile, with its padding.
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
