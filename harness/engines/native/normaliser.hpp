// Batch normalisation from the sums over a channel, one channel at a time, in double. Also compiled
// for the device.
#pragma once

#include <cmath>

namespace engine {

constexpr double kEpsilon = 1e-5, kRunningMomentum = 0.1;

// Changes a channel's outputs to output * scale + shift. By default it leaves them as they are.
struct Normaliser {
    double scale = 1, shift = 0;
    double mean = 0, inverse_deviation = 1;  // of the batch
};

// Gradient through normalisation: slope * gradient + against_output * output + constant.
struct Slope {
    float slope = 1, against_output = 0, constant = 0;
};

// Two sums over a channel.
struct ChannelSums {
    double first, second;
};

// The normaliser of a batch, from the sums, over `count` values, of output - running mean and of
// its square. Updates the running statistics as torch does.
inline Normaliser normalise(ChannelSums sums, double count, float scale, float shift,
                            float& running_mean, float& running_variance) {
    const double offset = sums.first / count;
    // Not clipped by std::max, which would turn NaN into 0.
    double variance = sums.second / count - offset * offset;
    if (variance < 0) variance = 0;
    Normaliser made;
    made.mean = running_mean + offset;
    made.inverse_deviation = 1 / std::sqrt(variance + kEpsilon);
    made.scale = scale * made.inverse_deviation;
    made.shift = shift - made.mean * made.scale;
    const double unbiased = variance * count / (count - 1);
    running_mean =
        static_cast<float>((1 - kRunningMomentum) * running_mean + kRunningMomentum * made.mean);
    running_variance =
        static_cast<float>((1 - kRunningMomentum) * running_variance + kRunningMomentum * unbiased);
    return made;
}

// The normaliser in evaluation, from the running statistics.
inline Normaliser normalise_by_running(float scale, float shift, float mean, float variance) {
    Normaliser made;
    made.scale = scale / std::sqrt(variance + kEpsilon);
    made.shift = shift - mean * made.scale;
    return made;
}

// The way back, from the sums of the gradients of normalised outputs and of these times (output -
// mean) over `count` values (Ioffe and Szegedy, arXiv 1502.03167).
inline Slope slope_of(ChannelSums sums, double count, float scale, const Normaliser& normaliser) {
    const double inverse = normaliser.inverse_deviation;
    const double slope = scale * inverse;
    const double against = -slope * inverse * inverse * sums.second / count;
    const double constant = -slope * sums.first / count - against * normaliser.mean;
    return {static_cast<float>(slope), static_cast<float>(against), static_cast<float>(constant)};
}

}  // namespace engine
