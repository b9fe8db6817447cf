#include "normalisation.hpp"

namespace engine {

BatchStatistics::BatchStatistics(const std::vector<float>& origins)
    : origins_(origins), moments_(origins.size()) {}

void BatchStatistics::add(size_t channel, const LaneSums& sums, int images) {
    moments_[channel].add(sums, images);
}

std::vector<Normaliser> BatchStatistics::finish(ScaleAndShift parameters, RunningStatistics running,
                                                double count) const {
    std::vector<Normaliser> normalisers;
    for (size_t c = 0; c < moments_.size(); ++c)
        normalisers.push_back(normalise({moments_[c].first, moments_[c].second}, count,
                                        parameters.scale[c], parameters.shift[c], running.mean[c],
                                        running.variance[c]));
    return normalisers;
}

std::vector<Normaliser> running_normalisers(int channels, ScaleAndShift parameters,
                                            RunningStatistics running) {
    std::vector<Normaliser> normalisers(channels);
    for (int c = 0; c < channels; ++c)
        normalisers[c] = normalise_by_running(parameters.scale[c], parameters.shift[c],
                                              running.mean[c], running.variance[c]);
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
        const ChannelSums sums = {moments_[c].first, moments_[c].second};
        gradients.scale[c] = static_cast<float>(sums.second * normalisers[c].inverse_deviation);
        gradients.shift[c] = static_cast<float>(sums.first);
        slopes.push_back(slope_of(sums, count, parameters.scale[c], normalisers[c]));
    }
    return slopes;
}

}  // namespace engine
