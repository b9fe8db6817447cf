// Batch normalisation of a block's channels: statistics of a batch, what they make of a value, and
// what they do to its gradient. Sums come from pointwise.hpp, formulas from normaliser.hpp.
#pragma once

#include <vector>

#include "pointwise.hpp"

namespace engine {

// Scale and shift of each channel, or the gradients of these, where the network keeps them.
struct ScaleAndShift {
    float *scale, *shift;
};

struct RunningStatistics {
    float *mean, *variance;
};

// One a channel. Training: from the statistics of a batch, which are complete when all tiles are.
class BatchStatistics {
public:
    explicit BatchStatistics(const std::vector<float>& origins);

    // Near the channel's mean, so that squares do not cancel.
    float origin(size_t channel) const { return origins_[channel]; }
    // Sums of output - origin over a tile, of which `images` images are real.
    void add(size_t channel, const LaneSums& sums, int images);
    // The running statistics, which the origins are, move. `count` values a channel.
    std::vector<Normaliser> finish(ScaleAndShift parameters, RunningStatistics running,
                                   double count) const;

private:
    std::vector<float> origins_;
    std::vector<Moments> moments_;
};

// Evaluation: by the running statistics.
std::vector<Normaliser> running_normalisers(int channels, ScaleAndShift parameters,
                                            RunningStatistics running);

// The way back: the gradients of normalised outputs, complete when all tiles are.
class GradientSums {
public:
    explicit GradientSums(size_t channels) : moments_(channels) {}

    void add(size_t channel, const LaneSums& sums, int images);
    // Writes the gradients of scale and shift, and finds the slopes. `count` values a channel.
    std::vector<Slope> finish(const std::vector<Normaliser>& normalisers, ScaleAndShift parameters,
                              ScaleAndShift gradients, double count) const;

private:
    std::vector<Moments> moments_;
};

}  // namespace engine
