// The values of one tile in each block, computed row by row when they are needed. At first only
// what the forward pass of training keeps of the tile is there. What an object computes is in
// memory that the next tile uses too, so there must be only one object at a time.
#pragma once

#include <vector>

#include "block.hpp"
#include "normalisation.hpp"
#include "tile.hpp"

namespace engine {

// A block whose outputs can be computed: its filters are known.
struct ConvolvingBlock {
    const Block& block;
    PackedFilters filters;
};

// A block whose result can be computed: its normalisers are known too.
struct ReadyBlock {
    ConvolvingBlock convolving;
    std::vector<Normaliser> normalisers;
    bool outputs_are_there;  // of all tiles, kept by the forward pass of training
    bool drops;              // whether dropout acts

    const Layout& layout() const { return convolving.block.layout(); }
};

class TileResult;

// A tile's input to a block, and the convolution's outputs.
class TileConvolution {
public:
    // `before` is the tile in the block before; null for the first block, whose input is there.
    TileConvolution(const ConvolvingBlock& block, TileResult* before, Tile tile)
        : block_(&block), before_(before), tile_(tile) {}

    // Makes the rows of the input before `until`, from the result of the block before.
    void need_input(int until);
    // Computes rows of the outputs; a ReLU that comes first is not yet applied.
    void compute(Rows rows, Ahead& ahead);

private:
    const ConvolvingBlock* block_;
    TileResult* before_;
    Tile tile_;
    int input_rows_ = 0;  // rows that are there
};

// A tile's outputs and result in a block.
class TileResult {
public:
    TileResult(const ReadyBlock& block, TileResult* before, Tile tile);

    const ReadyBlock& block() const { return *block_; }
    Tile tile() const { return tile_; }
    void need_input(int until) { convolution_.need_input(until); }
    // Makes the rows of the outputs before `until`, rectified if a ReLU comes first.
    void need_outputs(int until);
    // Computes rows of the result.
    void produce(Rows rows, MutablePlanes out);
    Channel channel(int number) const;

private:
    const ReadyBlock* block_;
    Tile tile_;
    TileConvolution convolution_;
    int output_rows_;  // rows that are there
};

// A tile in the blocks from `first` up to but without `end`, and in the earlier blocks they need.
class TileValues {
public:
    TileValues(const std::vector<ReadyBlock>& blocks, size_t first, size_t end, Tile tile);
    TileValues(const TileValues&) = delete;

    TileResult& operator[](size_t block) { return results_[block - first_]; }
    // The tile in the last of these blocks; null if there are none.
    TileResult* last() { return results_.empty() ? nullptr : &results_.back(); }

private:
    size_t first_;
    std::vector<TileResult> results_;  // each has a pointer to the one before
};

}  // namespace engine
