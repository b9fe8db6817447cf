#include "tile_values.hpp"

namespace engine {

namespace {

// Where a plane is within its padding.
Filled filled(int top, int left, Shape shape) {
    return {top, top + shape.height, left, left + shape.width};
}

}  // namespace

void TileConvolution::need_input(int until) {
    const Block& block = block_->block;
    const int last = std::min(block.layout().input().height, until);
    if (!before_ || last <= input_rows_) return;
    before_->produce({input_rows_, last}, block.input(tile_.number).from(input_rows_, 0));
    input_rows_ = last;
}

void TileConvolution::compute(Rows rows, Ahead& ahead) {
    const Block& block = block_->block;
    const Layout& layout = block.layout();
    need_input(layout.input_behind(rows.last));
    const int padding = layout.spec().padding;
    convolve(
        {block_->filters, constant(block.padded_input(tile_.number)).from(rows.first, 0),
         filled(padding - rows.first, padding, layout.input()),
         block.outputs(tile_.number).from(rows.first, 0), rows.count(), layout.convolved().width},
        ahead);
}

TileResult::TileResult(const ReadyBlock& block, TileResult* before, Tile tile)
    : block_(&block),
      tile_(tile),
      convolution_(block.convolving, before, tile),
      output_rows_(block.outputs_are_there ? block.layout().convolved().height : 0) {}

void TileResult::need_outputs(int until) {
    const Layout& layout = block_->layout();
    Ahead nothing;
    while (output_rows_ < until) {
        const Rows rows = layout.strip_from(output_rows_);
        convolution_.compute(rows, nothing);
        output_rows_ = rows.last;
        if (!rectifies_first(layout.spec().order)) continue;
        const MutablePlanes out = block_->convolving.block.outputs(tile_.number);
        for (int c = 0; c < layout.spec().channels; ++c)
            rectify(out.channels_from(c).from(rows.first, 0).data, rows.count() * out.row);
    }
}

void TileResult::produce(Rows rows, MutablePlanes out) {
    const Layout& layout = block_->layout();
    need_outputs(layout.outputs_behind(rows.last));
    for (int c = 0; c < layout.spec().channels; ++c)
        produce_rows(channel(c), rows, {out.channels_from(c).data, out.row});
}

Channel TileResult::channel(int number) const {
    const Block& block = block_->convolving.block;
    const Normaliser& normaliser = block_->normalisers[number];
    const float kept = block_->drops ? block.kept_scale() : 1;
    return {block.layout(),
            {block.outputs(tile_.number).channels_from(number).data,
             block_->drops ? block.masks(tile_.number, number) : nullptr,
             static_cast<float>(normaliser.scale * kept),
             static_cast<float>(normaliser.shift * kept), kept}};
}

TileValues::TileValues(const std::vector<ReadyBlock>& blocks, size_t first, size_t end, Tile tile)
    : first_(first) {
    // If the outputs of a block are there, nothing is needed of the blocks before it.
    if (first_ > 0) --first_;
    while (first_ > 0 && !blocks[first_].outputs_are_there) --first_;
    results_.reserve(end - first_);
    for (size_t b = first_; b < end; ++b) results_.emplace_back(blocks[b], last(), tile);
}

}  // namespace engine
