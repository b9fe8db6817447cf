#include "forward.hpp"

#include "lookahead.hpp"

namespace engine {

namespace {

// Computes a tile's outputs of the block after `before`, and calls visit(rows) for each strip.
template <class Visit>
void in_strips(const ReadyBlocks& before, const ConvolvingBlock& convolving, Tile tile,
               Ahead& ahead, Visit visit) {
    TileValues values(before, before.size(), before.size(), tile);
    TileConvolution convolution(convolving, values.last(), tile);
    const Block& block = convolving.block;
    const Block* block_before = before.empty() ? nullptr : &before.back().convolving.block;
    for (int top = 0; top < block.layout().convolved().height;) {
        const Rows rows = block.layout().strip_from(top);
        look_ahead_forward(block, block_before, tile.number, rows, ahead);
        convolution.compute(rows, ahead);
        visit(rows);
        top = rows.last;
    }
}

// Computes all outputs of a block, and from them the statistics that normalise it.
std::vector<Normaliser> normalised_outputs(const ReadyBlocks& before,
                                           const ConvolvingBlock& convolving, int images,
                                           ScaleAndShift parameters, RunningStatistics running) {
    const Layout& layout = convolving.block.layout();
    const int channels = layout.spec().channels;
    BatchStatistics statistics({running.mean, running.mean + channels});
    Ahead ahead;
    for (int t = 0; t < tiles_of(images); ++t) {
        const Tile tile = tile_of(t, images);
        const MutablePlanes outputs = convolving.block.outputs(t);
        std::vector<LaneSums> sums(channels);
        in_strips(before, convolving, tile, ahead, [&](Rows rows) {
            for (int c = 0; c < channels; ++c)
                add_moments(outputs.channels_from(c).from(rows.first, 0).data,
                            rows.count() * outputs.row, statistics.origin(c),
                            rectifies_first(layout.spec().order), sums[c]);
        });
        for (int c = 0; c < channels; ++c) statistics.add(c, sums[c], tile.images);
    }
    return statistics.finish(parameters, running, layout.values_a_channel(images));
}

// Computes all outputs of a block without normalisation.
void plain_outputs(const ReadyBlocks& before, const ConvolvingBlock& convolving, int images) {
    const BlockSpec& spec = convolving.block.layout().spec();
    Ahead ahead;
    for (int t = 0; t < tiles_of(images); ++t) {
        const MutablePlanes outputs = convolving.block.outputs(t);
        in_strips(before, convolving, tile_of(t, images), ahead, [&](Rows rows) {
            for (int c = 0; rectifies_first(spec.order) && c < spec.channels; ++c)
                rectify(outputs.channels_from(c).from(rows.first, 0).data,
                        rows.count() * outputs.row);
        });
    }
}

ConvolvingBlock convolving_block(const Block& block, const float* filters) {
    return {block, PackedFilters(block.layout().filters(), filters)};
}

}  // namespace

ReadyBlocks train_forward(std::vector<Block>& blocks, int images, Parameters& values,
                          AllRunningStatistics& running, Dropout dropout) {
    ReadyBlocks ready;
    ready.reserve(blocks.size());
    for (Block& block : blocks) {
        const Layout& layout = block.layout();
        const size_t number = ready.size();
        block.draw_masks(dropout.bits, tiles_of(images), dropout.threshold);
        ConvolvingBlock convolving = convolving_block(block, values.filters(number));
        std::vector<Normaliser> normalisers(layout.spec().channels);
        if (layout.normalised())
            normalisers = normalised_outputs(ready, convolving, images,
                                             values.scale_and_shift(number), running.of(number));
        else if (layout.keeps_outputs()) plain_outputs(ready, convolving, images);
        ready.push_back({std::move(convolving), std::move(normalisers), layout.keeps_outputs(),
                         layout.spec().dropout});
    }
    return ready;
}

ReadyBlocks ready_to_evaluate(const std::vector<Block>& blocks, Parameters& values,
                              AllRunningStatistics& running) {
    ReadyBlocks ready;
    ready.reserve(blocks.size());
    for (const Block& block : blocks) {
        const Layout& layout = block.layout();
        const size_t number = ready.size();
        std::vector<Normaliser> normalisers(layout.spec().channels);
        if (layout.normalised())
            normalisers = running_normalisers(layout.spec().channels,
                                              values.scale_and_shift(number), running.of(number));
        const bool outputs_are_there = false, drops = false;
        ready.push_back({convolving_block(block, values.filters(number)), std::move(normalisers),
                         outputs_are_there, drops});
    }
    return ready;
}

}  // namespace engine
