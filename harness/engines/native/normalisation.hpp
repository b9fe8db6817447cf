// Batch normalisation of a block's channels: statistics of a batch, what they make of a value, and
// what they do to its gradient. Sums come from pointwise.hpp; everything here is in double.
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

class Normalisation {
public:
    struct Channel {
        double scale = 1, shift = 0;             // normalised = output * scale + shift
        double mean = 0, inverse_deviation = 1;  // of the batch
        Moments moments;                         // of output - origin, or of gradients
        float origin = 0;                        // near the mean, so that squares do not cancel
        Slope slope = {1, 0, 0};                 // gradient through the normalisation
    };

    explicit Normalisation(int channels) : channels_(channels) {}
    Channel& operator[](size_t channel) { return channels_[channel]; }
    const Channel& operator[](size_t channel) const { return channels_[channel]; }
    size_t channels() const { return channels_.size(); }

    // Forward: begin; add to each channel's moments; end, after which values can be normalised and
    // the running statistics have moved as torch moves them. `count` values a channel.
    void begin_batch(const float* running_mean);
    void end_statistics(ScaleAndShift parameters, RunningStatistics running, double count);

    // Backward: begin; add the moments of the gradients; end, which writes the gradients of scale
    // and shift and finds the slopes (Ioffe and Szegedy, arXiv 1502.03167).
    void begin_gradients();
    void end_gradients(ScaleAndShift parameters, ScaleAndShift gradients, double count);

    // Evaluation: values are normalised by the running statistics.
    void use_running(ScaleAndShift parameters, RunningStatistics running);

private:
    std::vector<Channel> channels_;
};

}  // namespace engine
