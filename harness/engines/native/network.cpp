#include "network.hpp"

#include <algorithm>
#include <stdexcept>

#include "float_mode.hpp"
#include "loss.hpp"

namespace engine {

namespace {

std::vector<Layout> layouts_of(const std::vector<BlockSpec>& specs, Shape shape, int classes) {
    if (specs.empty()) throw std::invalid_argument("a network needs a block");
    std::vector<Layout> layouts;
    for (const BlockSpec& spec : specs) {
        layouts.emplace_back(spec, shape);
        shape = layouts.back().output();
    }
    if (shape.positions() != 1)
        throw std::invalid_argument("the last block must leave one position");
    if (shape.channels != classes || classes > kMostClasses)
        throw std::invalid_argument("the last block needs a channel a class, of at most 256");
    return layouts;
}

// One image's scores.
void get_lane(const Vec* from, int lane, std::vector<double>& scores) {
    for (size_t k = 0; k < scores.size(); ++k) scores[k] = from[k][lane];
}

auto score_of(const std::vector<double>& scores) {
    return [&scores](int k) { return scores[k]; };
}

}  // namespace

Network::Network(const std::vector<BlockSpec>& specs, const ImageFormat& images, int classes,
                 const Settings& settings)
    : Network(layouts_of(specs, images.shape(), classes), images, settings) {}

Network::Network(const std::vector<Layout>& layouts, const ImageFormat& images,
                 const Settings& settings)
    : images_(images),
      settings_(settings),
      values_(layouts),
      gradients_(layouts),
      velocity_(layouts),
      running_(layouts),
      classes_(layouts.back().output().channels),
      scores_(classes_) {
    for (const Layout& layout : layouts)
        blocks_.emplace_back(layout, blocks_.empty(), tiles_of(settings.batch));
    share_gradients();
}

// The blocks' gradients of a batch share one ring. Going backward, a block's gradient of a tile is
// no longer needed when the gradient of the next tile goes to the block before, and takes its
// place. That keeps the ring small enough to stay in the caches. The first tile needs one extra
// place.
void Network::share_gradients() {
    int place = 0;
    for (const Block& block : blocks_) place = std::max(place, block.layout().output().count());
    const int places = tiles_of(settings_.batch) + 1;
    block_gradients_ = VecBuffer(size_t(places) * place);
    int first = 0;
    for (Block& block : blocks_)
        if (block.layout().normalised())
            block.keep_gradients_in(
                {block_gradients_.get(), size_t(place), places, first++ % places});
}

// A tile that is not full is filled with copies of its last image.
void Network::put_images(const Batch& batch) {
    const Shape shape = images_.shape();
    std::vector<uint8_t> augmented(shape.count());
    for (int place = 0; place < tiles_of(batch.count) * kLanes; ++place) {
        const int i = std::min(place, batch.count - 1);
        augment(batch.images + batch.chosen[i] * shape.count(), shape, batch.draws, i,
                augmented.data());
        images_.put(augmented.data(), place % kLanes, blocks_[0].input(place / kLanes));
    }
}

Outcome Network::differentiate(const Batch& batch) {
    const OrdinaryFloatMode mode;
    for (const Block& block : blocks_)
        if (block.layout().normalised() && block.layout().values_a_channel(batch.count) <= 1)
            throw std::invalid_argument("batch normalisation needs more than one value a channel");
    put_images(batch);
    const ReadyBlocks ready =
        train_forward(blocks_, batch.count, values_, running_,
                      {DropoutBits(batch.dropout_seed), settings_.dropout_threshold});
    Outcome total{};
    const LossGradient loss = [&](TileResult& last, Vec* gradient) {
        const Outcome part = differentiate_loss(batch, last, gradient);
        total.loss += part.loss;
        total.correct += part.correct;
    };
    train_backward(ready, batch.count, loss, values_, gradients_);
    return {total.loss / batch.count, total.correct};
}

Outcome Network::differentiate_loss(const Batch& batch, TileResult& last, Vec* gradients) const {
    last.produce({0, 1}, {scores_.get(), 1, 1});
    std::fill_n(gradients, classes_, Vec{});
    Outcome sum{};
    std::vector<double> scores(classes_);
    for (int lane = 0; lane < last.tile().images; ++lane) {
        const uint8_t label = batch.labels[batch.chosen[last.tile().number * kLanes + lane]];
        get_lane(scores_.get(), lane, scores);
        const CrossEntropy entropy(classes_, score_of(scores), settings_.label_smoothing);
        sum.loss += entropy.loss(label);
        sum.correct += largest_of(classes_, score_of(scores)) == label;
        for (int k = 0; k < classes_; ++k)
            gradients[k][lane] = static_cast<float>(entropy.gradient(label, k) / batch.count);
    }
    return sum;
}

void Network::update(float rate, float momentum) {
    const OrdinaryFloatMode mode;
    std::vector<float>&values = values_.all(), &velocity = velocity_.all();
    for (size_t i = 0; i < values.size(); ++i)
        descend(settings_.descent, {rate, momentum}, gradients_.all()[i], values[i], velocity[i]);
}

// Tile by tile, each in the memory of the first.
Outcome Network::evaluate(const uint8_t* images, const uint8_t* labels, int count,
                          uint8_t* predicted) {
    const OrdinaryFloatMode mode;
    const ReadyBlocks ready = ready_to_evaluate(blocks_, values_, running_);
    Outcome total{};
    std::vector<double> scores(classes_);
    for (int first = 0; first < count; first += kLanes) {
        const Tile tile = {0, std::min(kLanes, count - first)};
        for (int lane = 0; lane < tile.images; ++lane)
            images_.put(images + size_t(first + lane) * images_.shape().count(), lane,
                        blocks_[0].input(tile.number));
        TileValues values(ready, 0, ready.size(), tile);
        values.last()->produce({0, 1}, {scores_.get(), 1, 1});
        for (int i = first; i < first + tile.images; ++i) {
            get_lane(scores_.get(), i - first, scores);
            total.loss += CrossEntropy(classes_, score_of(scores), 0).loss(labels[i]);
            predicted[i] = static_cast<uint8_t>(largest_of(classes_, score_of(scores)));
            total.correct += predicted[i] == labels[i];
        }
    }
    return {total.loss / count, total.correct};
}

}  // namespace engine
