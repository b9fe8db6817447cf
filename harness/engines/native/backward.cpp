#include "backward.hpp"

#include "convolution.hpp"
#include "lookahead.hpp"

namespace engine {

namespace {

// A block that receives the gradient of its result, from the block after it or from the loss.
class Receiver {
public:
    explicit Receiver(const ReadyBlock& block)
        : block_(block), sums_(block.layout().spec().channels) {}

    MutablePlanes gradient(Tile tile) const {
        return block_.convolving.block.result_gradient(tile.number);
    }
    // To be called when these rows of the gradient are there: adds what normalisation will need.
    void received(const TileResult& values, Rows rows);
    // To be called after all tiles: the slopes that give the gradient of the convolution's outputs.
    std::vector<Slope> finish(ScaleAndShift parameters, ScaleAndShift gradients, int images) const;

private:
    const ReadyBlock& block_;
    GradientSums sums_;
};

void Receiver::received(const TileResult& values, Rows rows) {
    if (!block_.layout().normalised()) return;
    const MutablePlanes from = gradient(values.tile());
    for (int c = 0; c < block_.layout().spec().channels; ++c) {
        const float mean = static_cast<float>(block_.normalisers[c].mean);
        const Vec* of_result = from.channels_from(c).data;
        sums_.add(c, gradient_moments(values.channel(c), rows, of_result, mean),
                  values.tile().images);
    }
}

std::vector<Slope> Receiver::finish(ScaleAndShift parameters, ScaleAndShift gradients,
                                    int images) const {
    const Layout& layout = block_.layout();
    if (!layout.normalised()) return std::vector<Slope>(layout.spec().channels);
    return sums_.finish(block_.normalisers, parameters, gradients, layout.values_a_channel(images));
}

// A block that passes the gradient of its result on, to its filters and to the block before it,
// tile by tile.
class Returner {
public:
    // `before` is null for the first block.
    Returner(const ReadyBlock& block, std::vector<Slope> slopes, const float* filters,
             Receiver* before)
        : block_(block.convolving.block),
          layout_(block_.layout()),
          slopes_(std::move(slopes)),
          back_(reversed(layout_.filters(), filters)),
          before_(before) {
        std::fill_n(block_.filter_sums(), layout_.filters().count(), Vec{});
    }

    // `before` is the same tile in the block before.
    void take(TileResult& values, TileResult* before);
    void finish(float* filters_gradient) const {
        finish_filters(layout_.filters(), block_.filter_sums(), filters_gradient);
    }

private:
    void fill_gradient(const TileResult& values, Rows rows) const;
    void add_filters(Tile tile, Rows rows);
    void give(TileResult& before, Rows rows);

    const Block& block_;
    const Layout& layout_;
    std::vector<Slope> slopes_;
    PackedFilters back_;
    Receiver* before_;
    Ahead ahead_;
};

void Returner::take(TileResult& values, TileResult* before) {
    const Block* block_before = before ? &before->block().convolving.block : nullptr;
    const Tile tile = values.tile();
    values.need_outputs(layout_.convolved().height);
    // Ends of the rows of the gradient of the convolution's outputs that are used, and that are
    // there.
    for (int top = 0, used = 0, there = 0; top < layout_.input().height;) {
        const Rows rows = layout_.input_strip_from(top);
        const Rows behind = {used, layout_.gradient_behind(rows.last)};
        fill_gradient(values, {there, layout_.windows_until(behind.last)});
        values.need_input(layout_.input_behind(behind.last));
        look_ahead_backward(block_, block_before, tile.number, {rows, behind}, ahead_);
        add_filters(tile, behind);
        if (before) give(*before, rows);
        top = rows.last;
        used = behind.last;
        there = layout_.windows_until(behind.last);
    }
}

// Rows of the gradient of the convolution's outputs.
void Returner::fill_gradient(const TileResult& values, Rows rows) const {
    const Tile tile = values.tile();
    const MutablePlanes from = block_.result_gradient(tile.number);
    const int padding = layout_.gradient_padding();
    const MutablePlanes out = block_.convolution_gradient().from(padding, padding);
    for (int c = 0; c < layout_.spec().channels; ++c)
        convolution_gradient(values.channel(c),
                             {from.channels_from(c).data, slopes_[c], real_lanes(tile)}, rows,
                             {out.channels_from(c).data, out.row});
}

// Adds the part of the filters' gradient that comes from these rows.
void Returner::add_filters(Tile tile, Rows rows) {
    const int padding = layout_.gradient_padding();
    const Planes gradient = constant(block_.convolution_gradient());
    correlate({layout_.filters(), gradient.from(padding + rows.first, padding),
               constant(block_.padded_input(tile.number)).from(rows.first, 0), rows.count(),
               layout_.convolved().width, block_.filter_sums()},
              ahead_);
}

// Gives rows of the gradient of its result to the block before.
void Returner::give(TileResult& before, Rows rows) {
    const int crop = layout_.gradient_crop(), edge = layout_.gradient_padding() - crop;
    const Shape convolved = layout_.convolved();
    const Planes gradient = constant(block_.convolution_gradient()).from(crop + rows.first, crop);
    const Filled filled = {edge - rows.first, edge - rows.first + convolved.height, edge,
                           edge + convolved.width};
    convolve({back_, gradient, filled, before_->gradient(before.tile()).from(rows.first, 0),
              rows.count(), layout_.input().width},
             ahead_);
    before_->received(before, rows);
}

// A batch's way back. Normalisation needs sums over the whole batch before a gradient can go on, so
// there are several sweeps over all tiles. The first begins with the loss, each other one with a
// block with normalisation; a sweep also covers the blocks before it that have none.
class BackwardPass {
public:
    BackwardPass(const ReadyBlocks& blocks, int images, Parameters& values, Parameters& gradients)
        : blocks_(blocks), images_(images), values_(values), gradients_(gradients) {
        for (const ReadyBlock& block : blocks) receivers_.emplace_back(block);
    }

    void run(const LossGradient& loss) && {
        size_t first = first_along(blocks_.size());
        sweep(first, blocks_.size(), [&](TileResult& last) {
            loss(last, receivers_.back().gradient(last.tile()).data);
            receivers_.back().received(last, {0, 1});
        });
        while (first > 0) {
            const size_t end = first;
            first = first_along(end - 1);
            sweep(first, end, [](TileResult&) {});
        }
    }

private:
    // The first of the blocks before `end` that a sweep can cover without waiting for sums.
    size_t first_along(size_t end) const {
        while (end > 0 && !blocks_[end - 1].layout().normalised()) --end;
        return end;
    }

    // Takes each tile back through the blocks from `first` up to but without `end`, after calling
    // begin(tile in the last of them).
    template <class Begin>
    void sweep(size_t first, size_t end, Begin begin) {
        std::vector<Returner> returners;
        for (size_t b = first; b < end; ++b) returners.push_back(returner(b));
        for (int t = 0; t < tiles_of(images_); ++t) {
            TileValues values(blocks_, first, end, tile_of(t, images_));
            begin(*values.last());
            for (size_t b = end; b-- > first;)
                returners[b - first].take(values[b], b ? &values[b - 1] : nullptr);
        }
        for (size_t b = first; b < end; ++b) returners[b - first].finish(gradients_.filters(b));
    }

    Returner returner(size_t b) {
        return {blocks_[b],
                receivers_[b].finish(values_.scale_and_shift(b), gradients_.scale_and_shift(b),
                                     images_),
                values_.filters(b), b ? &receivers_[b - 1] : nullptr};
    }

    const ReadyBlocks& blocks_;
    int images_;
    Parameters &values_, &gradients_;
    std::vector<Receiver> receivers_;
};

}  // namespace

void train_backward(const ReadyBlocks& blocks, int images, const LossGradient& loss,
                    Parameters& values, Parameters& gradients) {
    BackwardPass(blocks, images, values, gradients).run(loss);
}

}  // namespace engine
