#include "block.hpp"

#include <algorithm>
#include <cmath>

namespace engine {

namespace {

constexpr double kEpsilon = 1e-5, kMomentum = 0.1;
constexpr int kStripPositions = 96;
constexpr int kCheap = 10;  // multiplications an output that are done again rather than kept

Shape after_convolution(const BlockSpec& spec, Shape in) {
    const int more = 2 * spec.padding - spec.kernel + 1;
    return {spec.channels, in.height + more, in.width + more};
}

Shape after_pooling(const BlockSpec& spec, Shape in) {
    if (spec.pool == Pool::kNone) return in;
    return {in.channels, in.height / spec.pool_size, in.width / spec.pool_size};
}

Mask real_lanes(Tile tile) { return mask_of_bits(static_cast<uint8_t>((1u << tile.images) - 1)); }

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
      channels_(spec.channels),
      masks_(spec.dropout ? size_t(tiles) * convolved_.count() + 3 : 0),
      inputs_(size_t(before ? 1 : tiles) * input_plane() * input.channels),
      outputs_(size_t(keeps_outputs_ ? tiles : 1) * convolved_.count()),
      gradients_(size_t(normalised() ? tiles : 1) * convolved_.count()),
      convolution_gradient_(size_t(spec.channels) * gradient_plane()),
      input_gradient_(size_t(input.channels) * strip() * input.width) {}

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

MutablePlanes Block::gradient_planes(Tile tile) const {
    const size_t first = normalised() ? size_t(tile.number) * convolved_.count() : 0;
    return {gradients_.get() + first, convolved_.width, convolved_.positions()};
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
    for (size_t c = 0; c < channels_.size(); ++c) {
        channels_[c].moments = {};
        channels_[c].origin = normalised() ? running_mean[c] : 0;
    }
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
             output_planes(tile).from(rows.first, 0), rows.count(), convolved_.width);
}

void Block::forward(Tile tile) {
    begin_tile(tile);
    std::vector<LaneSums> sums(channels_.size());
    for (int top = 0; top < convolved_.height; top += strip()) {
        const Rows rows = {top, std::min(top + strip(), convolved_.height)};
        convolve_rows(tile, rows);
        if (!rectifies_first() && !normalised()) continue;
        const MutablePlanes out = output_planes(tile).from(top, 0);
        for (size_t c = 0; c < channels_.size(); ++c)
            add_moments(out.data + c * out.plane, rows.count() * convolved_.width, channels_[c].origin,
                        rectifies_first(), sums[c]);
    }
    rows_done_ = convolved_.height;
    for (size_t c = 0; c < channels_.size(); ++c) channels_[c].moments.add(sums[c], tile.images);
}

// Computes rows of outputs that are not kept, up to but without `until`.
void Block::ensure_outputs(Tile tile, int until) {
    if (keeps_outputs_ && training_) return;
    begin_tile(tile);
    while (rows_done_ < until) {
        const Rows rows = {rows_done_, std::min(rows_done_ + strip(), convolved_.height)};
        convolve_rows(tile, rows);
        const MutablePlanes out = output_planes(tile).from(rows.first, 0);
        if (rectifies_first())
            for (int c = 0; c < spec_.channels; ++c)
                rectify(out.data + c * out.plane, rows.count() * convolved_.width);
        rows_done_ = rows.last;
    }
}

void Block::end_statistics(const Parameters& parameters, RunningStatistics running, int images) {
    if (!normalised()) return;
    const double count = double(images) * convolved_.positions();
    for (size_t c = 0; c < channels_.size(); ++c) {
        Channel& channel = channels_[c];
        const double offset = channel.moments.first / count;
        const double variance = std::max(0.0, channel.moments.second / count - offset * offset);
        channel.mean = channel.origin + offset;
        channel.inverse_deviation = 1 / std::sqrt(variance + kEpsilon);
        const double scale = parameters.scale[c] * channel.inverse_deviation;
        channel.scale = static_cast<float>(scale);
        channel.shift = static_cast<float>(parameters.shift[c] - channel.mean * scale);
        const double unbiased = variance * count / (count - 1);
        running.mean[c] =
            static_cast<float>((1 - kMomentum) * running.mean[c] + kMomentum * channel.mean);
        running.variance[c] =
            static_cast<float>((1 - kMomentum) * running.variance[c] + kMomentum * unbiased);
    }
}

Pointwise Block::pointwise(Tile tile, size_t channel) const {
    const MutablePlanes outputs = output_planes(tile);
    const size_t first = size_t(tile.number) * convolved_.count() + channel * convolved_.positions();
    const Channel& numbers = channels_[channel];
    return {outputs.data + channel * outputs.plane,
            training_ && spec_.dropout ? masks_.data() + first : nullptr, numbers.scale, numbers.shift,
            kept_scale_};
}

void Block::produce(Tile tile, Rows rows, MutablePlanes out) {
    ensure_outputs(tile, std::min(rows.last * spec_.pool_size, convolved_.height));
    for (size_t c = 0; c < channels_.size(); ++c)
        produce_rows(spec_, convolved_, pointwise(tile, c), rows, out.data + c * out.plane, out.row);
}

void Block::begin_gradients() {
    for (Channel& channel : channels_) channel.moments = {};
    filter_gradient_.clear();
}

void Block::consume(Tile tile, Rows rows, Planes result_gradient) {
    const MutablePlanes gradient = gradient_planes(tile);
    for (size_t c = 0; c < channels_.size(); ++c) {
        const LaneSums sums = consume_rows(spec_, convolved_, pointwise(tile, c), rows,
                                       result_gradient.data + c * result_gradient.plane,
                                       static_cast<float>(channels_[c].mean),
                                       gradient.data + c * gradient.plane);
        channels_[c].moments.add(sums, tile.images);
    }
}

void Block::end_gradients(const Parameters& parameters, const Parameters& gradients, int images) {
    if (!normalised()) return;
    const double count = double(images) * convolved_.positions();
    for (size_t c = 0; c < channels_.size(); ++c) {
        Channel& channel = channels_[c];
        const double inverse = channel.inverse_deviation;
        gradients.scale[c] = static_cast<float>(channel.moments.second * inverse);
        gradients.shift[c] = static_cast<float>(channel.moments.first);
        const double slope = parameters.scale[c] * inverse;
        const double against = -slope * inverse * inverse * channel.moments.second / count;
        const double constant = -slope * channel.moments.first / count - against * channel.mean;
        channel.slope = {static_cast<float>(slope), static_cast<float>(against),
                         static_cast<float>(constant)};
    }
}

void Block::fill_convolution_gradient(Tile tile, Rows rows) {
    const MutablePlanes gradient = gradient_planes(tile).from(rows.first, 0);
    const MutablePlanes outputs = output_planes(tile).from(rows.first, 0);
    const MutablePlanes out =
        convolution_gradient_planes().from(gradient_padding_ + rows.first, gradient_padding_);
    for (size_t c = 0; c < channels_.size(); ++c)
        for (int y = 0; y < rows.count(); ++y)
            convolution_gradient(spec_.order, gradient.data + c * gradient.plane + y * gradient.row,
                                 outputs.data + c * outputs.plane + y * outputs.row,
                                 channels_[c].slope, real_lanes(tile), convolved_.width,
                                 out.data + c * out.plane + y * out.row);
}

void Block::backward(Tile tile) {
    const Planes gradient = constant(convolution_gradient_planes());
    ensure_outputs(tile, convolved_.height);
    begin_tile(tile);
    // Input row y gets its gradient from the convolution's rows up to y + padding.
    for (int top = 0, seen = 0; top < input_.height; top += strip()) {
        const int bottom = std::min(input_.height, top + strip());
        const int last = bottom == input_.height
                             ? convolved_.height
                             : std::min(convolved_.height, bottom + spec_.padding);
        fill_convolution_gradient(tile, {seen, last});
        fill_input(tile, last + spec_.kernel - 1 - spec_.padding);
        filter_gradient_.add(gradient.from(gradient_padding_ + seen, gradient_padding_),
                             constant(input_planes(tile)).from(seen, 0), last - seen,
                             convolved_.width);
        seen = last;
        if (!before_) continue;
        const int rows = bottom - top;
        const MutablePlanes wanted = {input_gradient_.get(), input_.width, rows * input_.width};
        convolve(back_, gradient.from(gradient_crop_ + top, gradient_crop_), wanted, rows, input_.width);
        before_->consume(tile, {top, bottom}, constant(wanted));
    }
}

void Block::use_running(const Parameters& parameters, RunningStatistics running) {
    training_ = false;
    if (!normalised()) return;
    for (size_t c = 0; c < channels_.size(); ++c) {
        const double scale = parameters.scale[c] / std::sqrt(running.variance[c] + kEpsilon);
        channels_[c].scale = static_cast<float>(scale);
        channels_[c].shift = static_cast<float>(parameters.shift[c] - running.mean[c] * scale);
    }
}

}  // namespace engine
