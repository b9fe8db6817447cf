#include "normalisation.hpp"

#include <cmath>

namespace engine {

namespace {

constexpr double kEpsilon = 1e-5, kMomentum = 0.1;

}  // namespace

BatchStatistics::BatchStatistics(const std::vector<float>& origins)
    : origins_(origins), moments_(origins.size()) {}

void BatchStatistics::add(size_t channel, const LaneSums& sums, int images) {
    moments_[channel].add(sums, images);
}

std::vector<Normaliser> BatchStatistics::finish(ScaleAndShift parameters, RunningStatistics running,
                                                double count) const {
    std::vector<Normaliser> normalisers;
    for (size_t c = 0; c < moments_.size(); ++c) {
        const double offset = moments_[c].first / count;
        // Not clipped by std::max, which would make 0 of what is not a number.
        double variance = moments_[c].second / count - offset * offset;
        if (variance < 0) variance = 0;
        const double mean = origins_[c] + offset;
        const double inverse_deviation = 1 / std::sqrt(variance + kEpsilon);
        const double scale = parameters.scale[c] * inverse_deviation;
        const double shift = parameters.shift[c] - mean * scale;
        normalisers.push_back({scale, shift, mean, inverse_deviation});
        const double unbiased = variance * count / (count - 1);
        running.mean[c] = static_cast<float>((1 - kMomentum) * running.mean[c] + kMomentum * mean);
        running.variance[c] =
            static_cast<float>((1 - kMomentum) * running.variance[c] + kMomentum * unbiased);
    }
    return normalisers;
}

std::vector<Normaliser> running_normalisers(int channels, ScaleAndShift parameters,
                                            RunningStatistics running) {
    std::vector<Normaliser> normalisers(channels);
    for (int c = 0; c < channels; ++c) {
        const double scale = parameters.scale[c] / std::sqrt(running.variance[c] + kEpsilon);
        normalisers[c].scale = scale;
        normalisers[c].shift = parameters.shift[c] - running.mean[c] * scale;
    }
    return normalisers;
}

void GradientSums::add(size_t channel, const LaneSums& sums, int images) {
    moments_[channel].add(sums, images);
}

std::vector<Slope> GradientSums::finish(const std::vector<Normaliser>& normalisers,
                                        ScaleAndShift parameters, ScaleAndShift gradients,
                                        double count) const {
    std::vector<Slope> slopes;
    for (size_t c = 0; c < moments_.size(); ++c) {
        const double inverse = normalisers[c].inverse_deviation, mean = normalisers[c].mean;
        gradients.scale[c] = static_cast<float>(moments_[c].second * inverse);
        gradients.shift[c] = static_cast<float>(moments_[c].first);
        const double slope = parameters.scale[c] * inverse;
        const double against = -slope * inverse * inverse * moments_[c].second / count;
        const double constant = -slope * moments_[c].first / count - against * mean;
        slopes.push_back(
            {static_cast<float>(slope), static_cast<float>(against), static_cast<float>(constant)});
    }
    return slopes;
}

}  // namespace engine
