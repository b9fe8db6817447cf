#include "normalisation.hpp"

#include <cmath>

namespace engine {

namespace {

constexpr double kEpsilon = 1e-5, kMomentum = 0.1;

}  // namespace

void Normalisation::begin_batch(const float* running_mean) {
    for (size_t c = 0; c < channels_.size(); ++c) {
        channels_[c].moments = {};
        channels_[c].origin = running_mean[c];
    }
}

void Normalisation::end_statistics(ScaleAndShift parameters, RunningStatistics running,
                                   double count) {
    for (size_t c = 0; c < channels_.size(); ++c) {
        Channel& channel = channels_[c];
        const double offset = channel.moments.first / count;
        // Not clipped by std::max, which would make 0 of what is not a number.
        double variance = channel.moments.second / count - offset * offset;
        if (variance < 0) variance = 0;
        channel.mean = channel.origin + offset;
        channel.inverse_deviation = 1 / std::sqrt(variance + kEpsilon);
        channel.scale = parameters.scale[c] * channel.inverse_deviation;
        channel.shift = parameters.shift[c] - channel.mean * channel.scale;
        const double unbiased = variance * count / (count - 1);
        running.mean[c] =
            static_cast<float>((1 - kMomentum) * running.mean[c] + kMomentum * channel.mean);
        running.variance[c] =
            static_cast<float>((1 - kMomentum) * running.variance[c] + kMomentum * unbiased);
    }
}

void Normalisation::begin_gradients() {
    for (Channel& channel : channels_) channel.moments = {};
}

void Normalisation::end_gradients(ScaleAndShift parameters, ScaleAndShift gradients, double count) {
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

void Normalisation::use_running(ScaleAndShift parameters, RunningStatistics running) {
    for (size_t c = 0; c < channels_.size(); ++c) {
        channels_[c].scale = parameters.scale[c] / std::sqrt(running.variance[c] + kEpsilon);
        channels_[c].shift = parameters.shift[c] - running.mean[c] * channels_[c].scale;
    }
}

}  // namespace engine
