#include "network.hpp"

#include <algorithm>
#include <stdexcept>

#include "float_mode.hpp"
#include "loss.hpp"

namespace engine {

namespace {

constexpr Shape kImage = {1, kSide, kSide};

int tiles_of(int images) { return (images + kLanes - 1) / kLanes; }

Tile tile_of(int number, int images) {
    return {number, std::min(kLanes, images - number * kLanes)};
}

// Puts an image, normalised by the table of greys, into one lane of a tile.
void put_image(const uint8_t* image, const float* greys, int lane, Vec* out, int row) {
    for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x) out[y * row + x][lane] = greys[image[y * kSide + x]];
}

void check_fits(const BlockSpec& spec, Shape input) {
    const bool known = Order::kNone <= spec.order && spec.order <= Order::kNormRelu &&
                       Pool::kNone <= spec.pool && spec.pool <= Pool::kAverage;
    if (!known || spec.channels < 1 || spec.kernel < 1 || spec.padding < 0 || spec.pool_size < 1)
        throw std::invalid_argument("there is no such block");
    const int more = 2 * spec.padding - spec.kernel + 1;
    if (std::min(input.height, input.width) + more < spec.pool_size)
        throw std::invalid_argument("a block does not fit");
}

}  // namespace

Network::Network(const std::vector<BlockSpec>& specs, const Settings& settings)
    : settings_(settings) {
    if (specs.empty()) throw std::invalid_argument("a network needs a block");
    Shape shape = kImage;
    size_t parameters = 0, statistics = 0;
    blocks_.reserve(specs.size());  // blocks know the one before by its address
    for (const BlockSpec& spec : specs) {
        check_fits(spec, shape);
        Block* before = blocks_.empty() ? nullptr : &blocks_.back();
        blocks_.emplace_back(spec, before, shape, tiles_of(settings.batch));
        const Block& block = blocks_.back();
        first_parameter_.push_back(parameters);
        first_running_.push_back(statistics);
        parameters += block.filter_count() + (block.normalised() ? 2 * spec.channels : 0);
        statistics += block.normalised() ? 2 * spec.channels : 0;
        shape = block.output();
    }
    if (shape.positions() != 1)
        throw std::invalid_argument("the last block must leave one position");
    classes_ = shape.channels;
    values_.resize(parameters);
    gradients_.resize(parameters);
    velocity_.resize(parameters);
    running_.resize(statistics);
    scores_ = VecBuffer(classes_);
    share_gradients();
}

// The blocks' gradients of a batch share one ring: going backward, a block's gradient of a tile is
// done with when that of the tile after it goes to the block before, which so takes its place. That
// keeps the ring small enough to stay in the caches. The one place more is for the first tile.
void Network::share_gradients() {
    int place = 0;
    for (const Block& block : blocks_) place = std::max(place, block.gradient_count());
    const int places = tiles_of(settings_.batch) + 1;
    block_gradients_ = VecBuffer(size_t(places) * place);
    int first = 0;
    for (Block& block : blocks_)
        if (block.normalised())
            block.keep_gradients_in(
                {block_gradients_.get(), size_t(place), places, first++ % places});
}

float* Network::filters_of(size_t block, std::vector<float>& all) {
    return all.data() + first_parameter_[block];
}

ScaleAndShift Network::scale_and_shift_of(size_t block, std::vector<float>& all) {
    float* scale = filters_of(block, all) + blocks_[block].filter_count();
    return {scale, scale + blocks_[block].spec().channels};
}

RunningStatistics Network::running_of(size_t block) {
    float* mean = running_.data() + first_running_[block];
    return {mean, mean + blocks_[block].spec().channels};
}

void Network::set_filters() {
    for (size_t b = 0; b < blocks_.size(); ++b) blocks_[b].set_filters(filters_of(b, values_));
}

void Network::put_images(const Batch& batch, Tile tile) {
    uint8_t augmented[kPixels];
    for (int lane = 0; lane < kLanes; ++lane) {
        const int i = tile.number * kLanes + std::min(lane, tile.images - 1);
        augment(batch.images + batch.chosen[i] * kPixels, batch.draws, i, augmented);
        put_image(augmented, settings_.greys, lane, blocks_[0].input(tile), blocks_[0].input_row());
    }
}

Outcome Network::differentiate(const Batch& batch) {
    const OrdinaryFloatMode mode;
    for (const Block& block : blocks_)
        if (!block.can_normalise(batch.count))
            throw std::invalid_argument("batch normalisation needs more than one value a channel");
    const int tiles = tiles_of(batch.count);
    set_filters();
    DropoutBits bits(batch.dropout_seed);
    for (Block& block : blocks_) block.draw_masks(bits, tiles, settings_.dropout_threshold);
    for (int t = 0; t < tiles; ++t) put_images(batch, tile_of(t, batch.count));
    forward(batch.count);
    return backward(batch);
}

void Network::forward(int images) {
    for (size_t b = 0; b < blocks_.size(); ++b) {
        Block& block = blocks_[b];
        const RunningStatistics running = running_of(b);
        block.begin_batch(running.mean);
        if (!block.normalised() && !block.keeps_outputs()) continue;
        for (int t = 0; t < tiles_of(images); ++t) block.forward(tile_of(t, images));
        block.end_statistics(scale_and_shift_of(b, values_), running, images);
    }
}

Outcome Network::differentiate_loss(const Batch& batch, Tile tile) {
    blocks_.back().produce(tile, {0, 1}, {scores_.get(), 1, 1});
    Vec* gradients = blocks_.back().result_gradient(tile).data;
    std::fill_n(gradients, classes_, Vec{});
    Outcome sum{};
    std::vector<double> scores(classes_), gradient(classes_);
    for (int lane = 0; lane < tile.images; ++lane) {
        const uint8_t label = batch.labels[batch.chosen[tile.number * kLanes + lane]];
        for (int k = 0; k < classes_; ++k) scores[k] = scores_.get()[k][lane];
        sum.loss += cross_entropy(scores, label, settings_.label_smoothing, gradient.data());
        sum.correct += largest_of(scores) == label;
        for (int k = 0; k < classes_; ++k)
            gradients[k][lane] = static_cast<float>(gradient[k] / batch.count);
    }
    blocks_.back().received(tile, {0, 1});
    return sum;
}

// Sweeps over all tiles. Normalisation needs sums over the whole batch before a gradient can go on,
// so each sweep begins with the loss or a block with normalisation, and takes the blocks before it
// along that have none.
Outcome Network::backward(const Batch& batch) {
    const int tiles = tiles_of(batch.count);
    for (Block& block : blocks_) block.begin_gradients();
    Outcome total{};
    size_t first = first_along(blocks_.size());
    for (int t = 0; t < tiles; ++t) {
        const Tile tile = tile_of(t, batch.count);
        const Outcome part = differentiate_loss(batch, tile);
        total.loss += part.loss;
        total.correct += part.correct;
        for (size_t b = blocks_.size(); b-- > first;) blocks_[b].backward(tile);
    }
    while (first > 0) {
        const size_t top = first - 1;
        blocks_[top].end_gradients(scale_and_shift_of(top, values_),
                                   scale_and_shift_of(top, gradients_), batch.count);
        first = first_along(top);
        for (int t = 0; t < tiles; ++t)
            for (size_t b = top + 1; b-- > first;) blocks_[b].backward(tile_of(t, batch.count));
    }
    for (size_t b = 0; b < blocks_.size(); ++b)
        blocks_[b].finish_filters(filters_of(b, gradients_));
    return {total.loss / batch.count, total.correct};
}

// The first of the blocks up to but without `end` that go backward without waiting for sums.
size_t Network::first_along(size_t end) const {
    while (end > 0 && !blocks_[end - 1].normalised()) --end;
    return end;
}

void Network::update(float rate, float momentum) {
    const OrdinaryFloatMode mode;
    const Descent& descent = settings_.descent;
    for (size_t i = 0; i < values_.size(); ++i) {
        const float value = values_[i], sign = value > 0 ? 1.0f : value < 0 ? -1.0f : 0.0f;
        float gradient = gradients_[i] + descent.l1 * sign + descent.l2 * value;
        gradient = gradient + descent.weight_decay * value;
        velocity_[i] = momentum * velocity_[i] + gradient;
        const float step = descent.nesterov ? gradient + momentum * velocity_[i] : velocity_[i];
        values_[i] = value - rate * step;
    }
}

Outcome Network::evaluate(const uint8_t* images, const uint8_t* labels, int count,
                          uint8_t* predicted) {
    const OrdinaryFloatMode mode;
    set_filters();
    for (size_t b = 0; b < blocks_.size(); ++b)
        blocks_[b].use_running(scale_and_shift_of(b, values_), running_of(b));
    Outcome total{};
    std::vector<double> scores(classes_);
    for (int t = 0; t < tiles_of(count); ++t) {
        const Tile tile = tile_of(t, count);
        const Tile scratch = {0, tile.images};
        for (int lane = 0; lane < tile.images; ++lane)
            put_image(images + size_t(t * kLanes + lane) * kPixels, settings_.greys, lane,
                      blocks_[0].input(scratch), blocks_[0].input_row());
        for (Block& block : blocks_) block.forget_tile();
        blocks_.back().produce(scratch, {0, 1}, {scores_.get(), 1, 1});
        for (int lane = 0; lane < tile.images; ++lane) {
            const int i = t * kLanes + lane;
            for (int k = 0; k < classes_; ++k) scores[k] = scores_.get()[k][lane];
            total.loss += cross_entropy(scores, labels[i], 0, nullptr);
            predicted[i] = static_cast<uint8_t>(largest_of(scores));
            total.correct += predicted[i] == labels[i];
        }
    }
    return {total.loss / count, total.correct};
}

}  // namespace engine
