// A block: a convolution and what follows it up to the next one: ReLU and batch normalisation in
// either order, dropout, a pooling.
//
// What a block keeps of a batch are the convolution's outputs (after a ReLU that comes first), the
// dropout masks and the gradient of its result; the outputs only if they took many multiplications,
// else they are computed anew. The block's result is computed from them wherever it is needed,
// forward and backward, and the gradient of the outputs from that of the result. All that is
// cheaper than to write it to memory and to read it again. A tile goes through in strips of rows,
// each through all stages, so that what the stages hand on stays in the caches.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ahead.hpp"
#include "convolution.hpp"
#include "memory.hpp"
#include "normalisation.hpp"
#include "pointwise.hpp"
#include "random.hpp"

namespace engine {

// How much of a tile is real: the last one of a batch may hold fewer than eight images.
struct Tile {
    int number;
    int images;
};

// Where a block keeps its gradients: a ring of places for a tile each, of which tile 0 has number
// `first`.
struct Ring {
    Vec* data;
    size_t place;  // vectors from one to the next
    int places, first;
    Vec* of(Tile tile) const { return data + size_t((first + tile.number) % places) * place; }
};

class Block {
public:
    // The block that follows `before` (null for the first), for batches of so many tiles.
    Block(const BlockSpec& spec, Block* before, Shape input, int tiles);

    const BlockSpec& spec() const { return spec_; }
    Shape output() const { return output_; }
    bool normalised() const { return spec_.order >= Order::kNorm; }
    bool keeps_outputs() const { return keeps_outputs_; }
    bool can_normalise(int images) const { return !normalised() || values_a_channel(images) > 1; }
    int filter_count() const { return convolution_.filters(); }
    int gradient_count() const { return output_.count(); }
    // For a block that is normalised: the others keep one tile's gradient.
    void keep_gradients_in(Ring ring) { gradients_ = ring; }

    // Where the first block's input for a tile goes; rows of the image are `input_row` apart.
    Vec* input(Tile tile) { return input_planes(tile).from(spec_.padding, spec_.padding).data; }
    int input_row() const { return input_.width + 2 * spec_.padding; }

    void set_filters(const float* filters);
    void draw_masks(DropoutBits& bits, int tiles, uint32_t threshold);

    // Training, forward: `begin_batch`; if the block is normalised or keeps its outputs, `forward`
    // for each tile; `end_statistics`.
    void begin_batch(const float* running_mean);
    void forward(Tile tile);
    void end_statistics(ScaleAndShift parameters, RunningStatistics running, int images);

    // Rows of the block's result for a tile.
    void produce(Tile tile, Rows rows, MutablePlanes out);

    // Training, backward. Whoever computes the gradient of the block's result puts it here, and
    // tells `received` which rows. When all tiles are through, `end_gradients` has the sums that
    // batch normalisation needs; then `backward` adds up the filters' gradients of each tile and
    // gives the block before the gradient of the input. A block without normalisation need not
    // wait: it goes backward tile by tile, and keeps one tile's gradient.
    void begin_gradients();
    MutablePlanes result_gradient(Tile tile) const {
        return {gradients_.of(tile), output_.width, output_.positions()};
    }
    void received(Tile tile, Rows rows);
    void end_gradients(ScaleAndShift parameters, ScaleAndShift gradients, int images);
    void backward(Tile tile);
    void finish_filters(float* gradients) const { filter_gradient_.finish(gradients); }

    // Evaluation: `use_running`, then for each tile `forget_tile` and `produce`, which computes
    // what it needs; only one tile is kept.
    void use_running(ScaleAndShift parameters, RunningStatistics running);
    void forget_tile() { tile_ = -1; }

private:
    int strip() const;
    double values_a_channel(int images) const { return double(images) * convolved_.positions(); }
    int input_plane() const { return input_row() * (input_.height + 2 * spec_.padding); }
    int gradient_row() const { return convolved_.width + 2 * gradient_padding_; }
    int gradient_plane() const {
        return gradient_row() * (convolved_.height + 2 * gradient_padding_);
    }
    bool rectifies_first() const {
        return spec_.order == Order::kRelu || spec_.order == Order::kReluNorm;
    }
    MutablePlanes input_planes(Tile tile) const;
    MutablePlanes output_planes(Tile tile) const;
    MutablePlanes convolution_gradient_planes() const;
    Pointwise pointwise(Tile tile, size_t channel) const;
    void begin_tile(Tile tile);
    Rows strip_from(int row) const { return {row, std::min(row + strip(), convolved_.height)}; }
    // What the kernels fetch while they are at work on a strip: what the next strip will read, the
    // first of the next tile after the last of this one, and what will be written presently.
    void look_ahead_forward(Tile tile, Rows rows);
    void look_ahead_backward(Tile tile, Rows input_rows, Rows rows);
    void add_outputs(Tile tile, Rows rows, Ahead& ahead) const;
    void add_gradient(Tile tile, Rows rows, Ahead& ahead) const;
    void add_result(Tile tile, Rows rows, Ahead& ahead) const;
    bool next_strip(Tile& tile, Rows& rows) const;
    Rows input_rows_of(Rows rows) const;
    void fill_input(Tile tile, int until);
    void convolve_rows(Tile tile, Rows rows);
    void ensure_outputs(Tile tile, int until);
    int windows_until(int row) const;
    void fill_convolution_gradient(Tile tile, Rows rows);

    BlockSpec spec_;
    Block* before_;
    Shape input_, convolved_, output_;
    ConvolutionShape convolution_;
    bool keeps_outputs_;
    int gradient_padding_, gradient_crop_;
    PackedFilters forward_, back_;
    FilterGradient filter_gradient_;
    Normalisation normalisation_;
    int tiles_;
    std::vector<uint8_t> masks_;
    float kept_scale_ = 1;
    bool training_ = false;
    Ahead ahead_;
    int tile_ = -1;       // whose rows the input and, unless kept, the outputs hold,
    int input_rows_ = 0;  // and how many of them
    int rows_done_ = 0;
    Ring gradients_{};
    VecBuffer inputs_, outputs_;  // of all tiles, or of one
    VecBuffer tile_gradient_;
    VecBuffer convolution_gradient_;  // of one tile
};

}  // namespace engine
