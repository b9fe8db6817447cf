#include "block.hpp"

namespace engine {

namespace {

constexpr int kReadBeyondMasks = 3;  // bytes

}  // namespace

Block::Block(const Layout& layout, bool first, int tiles)
    : layout_(layout),
      first_(first),
      tiles_(tiles),
      masks_(layout.spec().dropout ? size_t(tiles) * layout.convolved().count() + kReadBeyondMasks
                                   : 0),
      gradients_{},
      inputs_(size_t(first ? tiles : 1) * layout.input_plane() * layout.input().channels),
      outputs_(size_t(layout.keeps_outputs() ? tiles : 1) * layout.convolved().count()),
      convolution_gradient_(size_t(layout.spec().channels) * layout.gradient_plane()),
      filter_sums_(layout.filters().count()) {
    if (layout.normalised()) return;
    tile_gradient_ = VecBuffer(layout.output().count());
    gradients_ = {tile_gradient_.get(), 0, 1, 0};
}

void Block::draw_masks(DropoutBits& bits, int tiles, uint32_t threshold) {
    if (!layout_.spec().dropout) return;
    kept_scale_ = static_cast<float>(65536.0 / (65536 - threshold));
    bits.draw(masks_.data(), size_t(tiles) * layout_.convolved().count(), threshold);
}

MutablePlanes Block::padded_input(int tile) const {
    const int plane = layout_.input_plane();
    const size_t first = first_ ? size_t(tile) * plane * layout_.input().channels : 0;
    return {inputs_.get() + first, layout_.input_row(), plane};
}

MutablePlanes Block::outputs(int tile) const {
    const Shape shape = layout_.convolved();
    const size_t first = layout_.keeps_outputs() ? size_t(tile) * shape.count() : 0;
    return {outputs_.get() + first, shape.width, shape.positions()};
}

const uint8_t* Block::masks(int tile, int channel) const {
    const Shape shape = layout_.convolved();
    return masks_.data() + size_t(tile) * shape.count() + size_t(channel) * shape.positions();
}

MutablePlanes Block::result_gradient(int tile) const {
    const Shape shape = layout_.output();
    return {gradients_.of(tile), shape.width, shape.positions()};
}

MutablePlanes Block::convolution_gradient() const {
    return {convolution_gradient_.get(), layout_.gradient_row(), layout_.gradient_plane()};
}

}  // namespace engine
