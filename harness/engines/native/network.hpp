// A network of blocks and its optimiser: one training step, and evaluation.
#pragma once

#include <cstdint>
#include <vector>

#include "augment.hpp"
#include "backward.hpp"
#include "descent.hpp"
#include "images.hpp"

namespace engine {

struct Settings {
    int batch;                   // most images in a training step
    uint32_t dropout_threshold;  // of 65,536
    double label_smoothing;
    Descent descent;
};

struct Batch {
    const uint8_t* images;  // all training images
    const uint8_t* labels;
    const int64_t* chosen;  // `count` of them
    int count;
    Draws draws;
    uint64_t dropout_seed[DropoutBits::kGenerators][DropoutBits::kSeedWords];
};

struct Outcome {
    double loss;  // mean cross-entropy
    int correct;
};

// Only one thread at a time may use it.
class Network {
public:
    // Throws std::invalid_argument unless the blocks fit one another and the images, and leave one
    // position with one channel per class.
    Network(const std::vector<BlockSpec>& specs, const ImageFormat& images, int classes,
            const Settings& settings);

    // Loss and gradients of a batch; updates the running statistics. Throws std::invalid_argument,
    // with nothing changed, if a channel to be normalised has only one value.
    Outcome differentiate(const Batch& batch);
    // Moves the parameters against the gradients.
    void update(float rate, float momentum);
    // Predicted classes of `count` images, and their loss.
    Outcome evaluate(const uint8_t* images, const uint8_t* labels, int count, uint8_t* predicted);

    const std::vector<Block>& blocks() const { return blocks_; }
    Shape image_shape() const { return images_.shape(); }
    int classes() const { return classes_; }
    // Parameters, block by block: filters, then scale and shift of the normalisation.
    std::vector<float>& values() { return values_.all(); }
    std::vector<float>& gradients() { return gradients_.all(); }
    std::vector<float>& velocity() { return velocity_.all(); }
    // Running mean and variance of each normalisation.
    std::vector<float>& running() { return running_.all(); }

private:
    Network(const std::vector<Layout>& layouts, const ImageFormat& images,
            const Settings& settings);
    void share_gradients();
    void put_images(const Batch& batch);
    Outcome differentiate_loss(const Batch& batch, TileResult& last, Vec* gradients) const;

    ImageFormat images_;
    Settings settings_;
    std::vector<Block> blocks_;
    Parameters values_, gradients_, velocity_;
    AllRunningStatistics running_;
    int classes_;
    VecBuffer block_gradients_, scores_;
};

}  // namespace engine
