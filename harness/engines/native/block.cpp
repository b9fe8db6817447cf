#include "block.hpp"

#include <algorithm>

namespace engine {

namespace {

constexpr int kStripPositions = 96;  // decides the order of sums: changing it changes the bits
constexpr int kCheap = 10;           // multiplications an output that are done again, not kept

Shape after_convolution(const BlockSpec& spec, Shape in) {
    const int more = 2 * spec.padding - spec.kernel + 1;
    return {spec.channels, in.height + more, in.width + more};
}

Shape after_pooling(const BlockSpec& spec, Shape in) {
    if (spec.pool == Pool::kNone) return in;
    return {in.channels, in.height / spec.pool_size, in.width / spec.pool_size};
}

// A plane's place within padding.
Filled filled(int top, int left, Shape shape) {
    return {top, top + shape.height, left, left + shape.width};
}

Mask real_lanes(Tile tile) { return mask_of_bits((1 << tile.images) - 1); }

}  // namespace

Block::Block(const BlockSpec& spec, Block* before, Shape input, int tiles)
    : spec_(spec),
      before_(before),
      input_(input),
      convolved_(after_convolution(spec, input)),
      output_(after_pooling(spec, convolved_)),
      convolution_{spec.channels, input.channels, spec.kernel},
      keeps_outputs_(input.channels * spec.kernel * spec.kernel > kCheap),
      gradient_padding_(std::max(0, spec.kernel - 1 - spec.padding)),
      gradient_crop_(std::max(0, spec.padding - spec.kernel + 1)),
      forward_(spec.channels, input.channels, spec.kernel),
      back_(input.channels, spec.channels, spec.kernel),
      filter_gradient_(convolution_),
      normalisation_(spec.channels),
      tiles_(tiles),
      masks_(spec.dropout ? size_t(tiles) * convolved_.count() + 3 : 0),
      inputs_(size_t(before ? 1 : tiles) * input_plane() * input.channels),
      outputs_(size_t(keeps_outputs_ ? tiles : 1) * convolved_.count()),
      convolution_gradient_(size_t(spec.channels) * gradient_plane()) {
    if (normalised()) return;
    tile_gradient_ = VecBuffer(output_.count());
    gradients_ = {tile_gradient_.get(), 0, 1, 0};
}

// Rows that go through all stages together: enough positions to keep the kernels busy, few enough
// that their values stay in the caches.
int Block::strip() const { return kStripPositions / convolved_.width + 1; }

MutablePlanes Block::input_planes(Tile tile) const {
    const size_t first = before_ ? 0 : size_t(tile.number) * input_plane() * input_.channels;
    return {inputs_.get() + first, input_row(), input_plane()};
}

MutablePlanes Block::output_planes(Tile tile) const {
    const size_t first = keeps_outputs_ ? size_t(tile.number) * convolved_.count() : 0;
    return {outputs_.get() + first, convolved_.width, convolved_.positions()};
}

MutablePlanes Block::convolution_gradient_planes() const {
    return {convolution_gradient_.get(), gradient_row(), gradient_plane()};
}

void Block::set_filters(const float* filters) {
    forward_.pack(filters);
    back_.pack(reversed(convolution_, filters).data());
}

void Block::draw_masks(DropoutBits& bits, int tiles, uint32_t threshold) {
    if (!spec_.dropout) return;
    kept_scale_ = static_cast<float>(65536.0 / (65536 - threshold));
    bits.draw(masks_.data(), size_t(tiles) * convolved_.count(), threshold);
}

void Block::begin_batch(const float* running_mean) {
    training_ = true;
    tile_ = -1;
    if (normalised()) normalisation_.begin_batch(running_mean);
}

// The input tile and, unless outputs are kept, the outputs hold one tile at a time.
void Block::begin_tile(Tile tile) {
    if (tile_ == tile.number) return;
    tile_ = tile.number;
    input_rows_ = rows_done_ = 0;
}

// Fills rows of the input tile up to but without `until`, from the result of the block before.
void Block::fill_input(Tile tile, int until) {
    const int last = std::min(input_.height, until);
    if (!before_ || last <= input_rows_) return;
    before_->produce(tile, {input_rows_, last},
                     input_planes(tile).from(spec_.padding + input_rows_, spec_.padding));
    input_rows_ = last;
}

// Computes rows of the outputs; a ReLU that comes first is not yet applied.
void Block::convolve_rows(Tile tile, Rows rows) {
    fill_input(tile, rows.last + spec_.kernel - 1 - spec_.padding);
    convolve(forward_, constant(input_planes(tile)).from(rows.first, 0),
             filled(spec_.padding - rows.first, spec_.padding, input_),
             output_planes(tile).from(rows.first, 0), rows.count(), convolved_.width, ahead_);
}

void Block::add_outputs(Tile tile, Rows rows, Ahead& ahead) const {
    if (!keeps_outputs_) return;
    const MutablePlanes outputs = output_planes(tile).from(rows.first, 0);
    for (int c = 0; c < spec_.channels; ++c)
        ahead.add(outputs.data + c * outputs.plane, rows.count() * outputs.row);
}

// Rows of the gradient of the block's result.
void Block::add_gradient(Tile tile, Rows rows, Ahead& ahead) const {
    if (!normalised()) return;
    const MutablePlanes gradient = result_gradient(tile).from(rows.first, 0);
    for (int c = 0; c < spec_.channels; ++c)
        ahead.add(gradient.data + c * gradient.plane, rows.count() * gradient.row);
}

// What rows of the block's result are computed from.
void Block::add_result(Tile tile, Rows rows, Ahead& ahead) const {
    const int last = std::min(rows.last * spec_.pool_size, convolved_.height);
    add_outputs(tile, {rows.first * spec_.pool_size, last}, ahead);
}

// The strip after `rows`, if the batch has one.
bool Block::next_strip(Tile& tile, Rows& rows) const {
    const bool same_tile = rows.last < convolved_.height;
    if (!same_tile) ++tile.number;
    rows = strip_from(same_tile ? rows.last : 0);
    return tile.number < tiles_;
}

// The rows of the input that rows of the convolution see beyond those of the strip before.
Rows Block::input_rows_of(Rows rows) const {
    const int over = spec_.kernel - 1 - spec_.padding;
    const auto within = [&](int row) { return std::max(0, std::min(row, input_.height)); };
    return {rows.first ? within(rows.first + over) : 0, within(rows.last + over)};
}

void Block::look_ahead_forward(Tile tile, Rows rows) {
    ahead_.clear();
    if (before_ && next_strip(tile, rows)) before_->add_result(tile, input_rows_of(rows), ahead_);
}

void Block::look_ahead_backward(Tile tile, Rows input_rows, Rows rows) {
    ahead_.clear();
    if (before_) before_->add_gradient(tile, input_rows, ahead_);
    if (!next_strip(tile, rows)) return;
    add_outputs(tile, rows, ahead_);
    const int size = spec_.pool_size;
    add_gradient(tile, {rows.first / size, windows_until(rows.last) / size}, ahead_);
    if (before_) before_->add_result(tile, input_rows_of(rows), ahead_);
}

void Block::forward(Tile tile) {
    begin_tile(tile);
    std::vector<LaneSums> sums(normalisation_.channels());
    for (int top = 0; top < convolved_.height; top += strip()) {
        const Rows rows = strip_from(top);
        look_ahead_forward(tile, rows);
        convolve_rows(tile, rows);
        if (!rectifies_first() && !normalised()) continue;
        const MutablePlanes out = output_planes(tile).from(top, 0);
        for (size_t c = 0; c < normalisation_.channels(); ++c)
            add_moments(out.data + c * out.plane, rows.count() * convolved_.width,
                        normalisation_[c].origin, rectifies_first(), sums[c]);
    }
    rows_done_ = convolved_.height;
    for (size_t c = 0; c < normalisation_.channels(); ++c)
        normalisation_[c].moments.add(sums[c], tile.images);
}

// Computes rows of outputs that are not kept, up to but without `until`.
void Block::ensure_outputs(Tile tile, int until) {
    if (keeps_outputs_ && training_) return;
    begin_tile(tile);
    while (rows_done_ < until) {
        const Rows rows = strip_from(rows_done_);
        convolve_rows(tile, rows);
        const MutablePlanes out = output_planes(tile).from(rows.first, 0);
        if (rectifies_first())
            for (int c = 0; c < spec_.channels; ++c)
                rectify(out.data + c * out.plane, rows.count() * convolved_.width);
        rows_done_ = rows.last;
    }
}

void Block::end_statistics(ScaleAndShift parameters, RunningStatistics running, int images) {
    if (normalised()) normalisation_.end_statistics(parameters, running, values_a_channel(images));
}

Pointwise Block::pointwise(Tile tile, size_t channel) const {
    const MutablePlanes outputs = output_planes(tile);
    const size_t first =
        size_t(tile.number) * convolved_.count() + channel * convolved_.positions();
    const bool dropout = training_ && spec_.dropout;
    const double kept = dropout ? kept_scale_ : 1;
    const Normalisation::Channel& numbers = normalisation_[channel];
    return {outputs.data + channel * outputs.plane, dropout ? masks_.data() + first : nullptr,
            static_cast<float>(numbers.scale * kept), static_cast<float>(numbers.shift * kept),
            static_cast<float>(kept)};
}

void Block::produce(Tile tile, Rows rows, MutablePlanes out) {
    ensure_outputs(tile, std::min(rows.last * spec_.pool_size, convolved_.height));
    for (size_t c = 0; c < normalisation_.channels(); ++c)
        produce_rows(spec_, convolved_, pointwise(tile, c), rows, out.data + c * out.plane,
                     out.row);
}

void Block::begin_gradients() {
    normalisation_.begin_gradients();
    filter_gradient_.clear();
}

void Block::received(Tile tile, Rows rows) {
    if (!normalised()) return;
    const MutablePlanes gradient = result_gradient(tile);
    for (size_t c = 0; c < normalisation_.channels(); ++c) {
        const LaneSums sums = gradient_moments(spec_, convolved_, pointwise(tile, c), rows,
                                               gradient.data + c * gradient.plane,
                                               static_cast<float>(normalisation_[c].mean));
        normalisation_[c].moments.add(sums, tile.images);
    }
}

void Block::end_gradients(ScaleAndShift parameters, ScaleAndShift gradients, int images) {
    if (normalised()) normalisation_.end_gradients(parameters, gradients, values_a_channel(images));
}

// The end of the windows that rows up to but without `row` have a part in.
int Block::windows_until(int row) const {
    const int size = spec_.pool_size;
    return std::min((row + size - 1) / size * size, convolved_.height);
}

void Block::fill_convolution_gradient(Tile tile, Rows rows) {
    const MutablePlanes gradient = result_gradient(tile);
    const MutablePlanes out =
        convolution_gradient_planes().from(gradient_padding_, gradient_padding_);
    for (size_t c = 0; c < normalisation_.channels(); ++c)
        convolution_gradient(spec_, convolved_, pointwise(tile, c), rows,
                             gradient.data + c * gradient.plane, normalisation_[c].slope,
                             real_lanes(tile), out.data + c * out.plane, out.row);
}

void Block::backward(Tile tile) {
    const Planes gradient = constant(convolution_gradient_planes());
    ensure_outputs(tile, convolved_.height);
    begin_tile(tile);
    // Input row y gets its gradient from the convolution's rows up to y + padding.
    for (int top = 0, seen = 0, filled_rows = 0; top < input_.height; top += strip()) {
        const int bottom = std::min(input_.height, top + strip());
        const int last = bottom == input_.height
                             ? convolved_.height
                             : std::min(convolved_.height, bottom + spec_.padding);
        fill_convolution_gradient(tile, {filled_rows, windows_until(last)});
        filled_rows = windows_until(last);
        fill_input(tile, last + spec_.kernel - 1 - spec_.padding);
        look_ahead_backward(tile, {top, bottom}, {seen, last});
        filter_gradient_.add(gradient.from(gradient_padding_ + seen, gradient_padding_),
                             constant(input_planes(tile)).from(seen, 0), last - seen,
                             convolved_.width, ahead_);
        seen = last;
        if (!before_) continue;
        const int edge = gradient_padding_ - gradient_crop_;
        convolve(back_, gradient.from(gradient_crop_ + top, gradient_crop_),
                 filled(edge - top, edge, convolved_), before_->result_gradient(tile).from(top, 0),
                 bottom - top, input_.width, ahead_);
        before_->received(tile, {top, bottom});
    }
}

void Block::use_running(ScaleAndShift parameters, RunningStatistics running) {
    training_ = false;
    if (normalised()) normalisation_.use_running(parameters, running);
}

}  // namespace engine
