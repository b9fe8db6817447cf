// Batch normalisation of a block's channels: the statistics of a batch, and how they change a value
// and its gradient. Sums come from pointwise.hpp, formulas from normaliser.hpp.
#pragma once

#include <vector>

#include "pointwise.hpp"

namespace engine {

// Scale and shift of each channel, or the gradients of these, in the network's memory.
struct ScaleAndShift {
    float *scale, *shift;
};

struct RunningStatistics {
    float *mean, *variance;
};

// The normaliser of each channel in training, from a batch's statistics, complete after all tiles.
class BatchStatistics {
public:
    explicit BatchStatistics(const std::vector<float>& origins);

    // A value near the channel's mean: differences from it have squares that do not cancel.
    float origin(size_t channel) const { return origins_[channel]; }
    // Sums of output - origin over a tile, of which `images` images are real.
    void add(size_t channel, const LaneSums& sums, int images);
    // Updates the running statistics, which are the origins. `count` is the number of values per
    // channel.
    std::vector<Normaliser> finish(ScaleAndShift parameters, RunningStatistics running,
                                   double count) const;

private:
    std::vector<float> origins_;
    std::vector<Moments> moments_;
};

// The normaliser of each channel in evaluation, from the running statistics.
std::vector<Normaliser> running_normalisers(int channels, ScaleAndShift parameters,
                                            RunningStatistics running);

// The way back: sums of the gradients of normalised outputs, complete after all tiles.
class GradientSums {
public:
    explicit GradientSums(size_t channels) : moments_(channels) {}

    void add(size_t channel, const LaneSums& sums, int images);
    // Writes the gradients of scale and shift, and returns the slopes. `count` is the number of
    // values per channel.
    std::vector<Slope> finish(const std::vector<Normaliser>& normalisers, ScaleAndShift parameters,
                              ScaleAndShift gradients, double count) const;

private:
    std::vector<Moments> moments_;
};

}  // namespace engine
