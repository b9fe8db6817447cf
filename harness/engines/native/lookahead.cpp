#include "lookahead.hpp"

namespace engine {

namespace {

void add_rows(MutablePlanes planes, int channels, Rows rows, Ahead& ahead) {
    const int count = rows.count() * planes.row;
    planes = planes.from(rows.first, 0);
    for (int c = 0; c < channels; ++c) ahead.add(planes.channels_from(c).data, count);
}

void add_outputs(const Block& block, int tile, Rows rows, Ahead& ahead) {
    const Layout& layout = block.layout();
    if (layout.keeps_outputs()) add_rows(block.outputs(tile), layout.spec().channels, rows, ahead);
}

// Rows of the gradient of the block's result.
void add_gradient(const Block& block, int tile, Rows rows, Ahead& ahead) {
    const Layout& layout = block.layout();
    if (layout.normalised())
        add_rows(block.result_gradient(tile), layout.spec().channels, rows, ahead);
}

// What rows of the block's result are computed from.
void add_result(const Block& block, int tile, Rows rows, Ahead& ahead) {
    const Layout& layout = block.layout();
    add_outputs(block, tile,
                {rows.first * layout.spec().window.height, layout.outputs_behind(rows.last)},
                ahead);
}

struct Strip {
    int tile;
    Rows rows;
};

// The next strip; after the last strip of the last tile, it is of a tile that has no memory.
Strip next(const Block& block, int tile, Rows rows) {
    const bool same_tile = rows.last < block.layout().convolved().height;
    return {same_tile ? tile : tile + 1, block.layout().strip_from(same_tile ? rows.last : 0)};
}

}  // namespace

void look_ahead_forward(const Block& block, const Block* before, int tile, Rows rows,
                        Ahead& ahead) {
    ahead.clear();
    const Strip strip = next(block, tile, rows);
    if (before && strip.tile < block.tiles())
        add_result(*before, strip.tile, block.layout().new_input_of(strip.rows), ahead);
}

void look_ahead_backward(const Block& block, const Block* before, int tile, BackwardStrip now,
                         Ahead& ahead) {
    ahead.clear();
    if (before) add_gradient(*before, tile, now.input, ahead);
    const Strip strip = next(block, tile, now.convolved);
    if (strip.tile >= block.tiles()) return;
    add_outputs(block, strip.tile, strip.rows, ahead);
    const Layout& layout = block.layout();
    const int height = layout.spec().window.height;
    add_gradient(block, strip.tile,
                 {strip.rows.first / height, layout.windows_until(strip.rows.last) / height},
                 ahead);
    if (before) add_result(*before, strip.tile, layout.new_input_of(strip.rows), ahead);
}

}  // namespace engine
