// Batch normalisation: sums over a channel, lane by lane and portion by portion, and what follows
// from them.
#pragma once

#include "pointwise.cuh"

namespace engine::cuda {

struct Few {
    float first, second;
    DEVICE void add(Few other) {
        first += other.first;
        second += other.second;
    }
};

// Calls visit(place, few) for places from `first` up to `last`, and adds up what it adds to `few`,
// portion by portion.
template <class Visit>
DEVICE void in_portions(int first, int last, Two& sums, Visit visit) {
    static_assert(kChains == 4);
    int i = first;
    ONE_BY_ONE for (; i + kPortion <= last; i += kPortion) {
        Few few[kChains] = {};
        UNROLLED for (int k = 0; k < kPortion; ++k) visit(i + k, few[k % kChains]);
        few[0].add(few[2]);
        few[1].add(few[3]);
        few[0].add(few[1]);
        sums.first += static_cast<double>(few[0].first);
        sums.second += static_cast<double>(few[0].second);
    }
    Few few = {};
    for (; i < last; ++i) visit(i, few);
    sums.first += static_cast<double>(few.first);
    sums.second += static_cast<double>(few.second);
}

// Channels before the first step; without normalisation they stay like this.
struct StartChannels {
    static constexpr int kThreads = 32, kBlocks = 1;
    static constexpr bool kBrief = true;
    Channel* channels;  // [seed][channel]
    const Rule* rules;
    int dropout, planes, count;
    DEVICE void operator()(int seed, int, int c) const {
        channels[seed * count + c] = {{}, 1, 0, 0, dropout ? rules[seed].kept_scale : 1.0f, {}};
    }
};

// Statistics of a channel of a tile: unit tile * channels + channel.
struct Statistics {
    static constexpr int kThreads = 128, kBlocks = 8;
    Planes outputs;
    const float* running_means;  // [seed][...], of this block
    int running_seed;
    Moments moments;  // a tile is a unit
    int channels, tiles, images, height, width, strip, planes, count;

    DEVICE int images_of(int unit) const {
        const int left = images - unit / channels * kLanes;
        return left < kLanes ? left : kLanes;
    }
    DEVICE Two lane_sums(int seed, int unit, int lane) const {
        const int tile = unit / channels, c = unit - tile * channels;
        const float* from = outputs.at(seed, tile, c, 0, 0) + lane;
        const float origin = running_means[seed * running_seed + c];
        Two sums = {0, 0};
        for (int top = 0; top < height; top += strip) {
            const int bottom = top + strip < height ? top + strip : height;
            in_portions(top * width, bottom * width, sums, [&](int i, Few& few) {
                const float distance = load(from + i * kLanes) - origin;
                few.first += distance;
                few.second = fused(distance, distance, few.second);
            });
        }
        return sums;
    }
    DEVICE void put(int seed, int unit, Two sums) const {
        const int tile = unit / channels, c = unit - tile * channels;
        moments.of(seed, c, tiles)[tile] = sums;
    }
};

// The sums of all units, added up in order.
DEVICE ChannelSums joined(const Two* from, int units) {
    ChannelSums sum = {0, 0};
    in_order<8>(
        units, [&](int n) { return from[n]; },
        [&](Two two) {
            sum.first += two.first;
            sum.second += two.second;
        });
    return sum;
}

// A block's channels and parameters; `i` is a channel.
struct Normalised {
    Channel* channels;                                    // [seed][channel]
    const float* values;                                  // [seed][parameter]
    float *running_means, *running_variances;             // [seed][...], of this block
    int channel_count, scales, parameters, running_seed;  // scales: the first is this parameter

    DEVICE Channel& channel(int seed, int c) const { return channels[seed * channel_count + c]; }
    DEVICE size_t scale_place(int seed, int c) const {
        return size_t(seed) * parameters + scales + c;
    }
    DEVICE float scale(int seed, int c) const { return values[scale_place(seed, c)]; }
    DEVICE float shift(int seed, int c) const {
        return values[scale_place(seed, c) + channel_count];
    }
};

struct EndStatistics {
    static constexpr int kThreads = 32, kBlocks = 1;
    static constexpr bool kBrief = true;
    Normalised block;
    Moments moments;
    int units, planes, count;
    double values;  // of a channel
    DEVICE void operator()(int seed, int, int c) const {
        const ChannelSums sums = joined(moments.of(seed, c, units), units);
        const int running = seed * block.running_seed + c;
        Channel& channel = block.channel(seed, c);
        channel.normaliser =
            normalise(sums, values, block.scale(seed, c), block.shift(seed, c),
                      block.running_means[running], block.running_variances[running]);
        const double kept = channel.kept_scale;
        channel.scale = static_cast<float>(channel.normaliser.scale * kept);
        channel.shift = static_cast<float>(channel.normaliser.shift * kept);
        channel.mean = static_cast<float>(channel.normaliser.mean);
    }
};

// For evaluation: uses the running statistics, and no dropout.
struct UseRunning {
    static constexpr int kThreads = 32, kBlocks = 1;
    static constexpr bool kBrief = true;
    Normalised block;
    int planes, count;
    DEVICE void operator()(int seed, int, int c) const {
        const int running = seed * block.running_seed + c;
        const Normaliser normaliser =
            normalise_by_running(block.scale(seed, c), block.shift(seed, c),
                                 block.running_means[running], block.running_variances[running]);
        Channel& channel = block.channel(seed, c);
        channel.scale = static_cast<float>(normaliser.scale);
        channel.shift = static_cast<float>(normaliser.shift);
    }
};

struct EndGradients {
    static constexpr int kThreads = 32, kBlocks = 1;
    static constexpr bool kBrief = true;
    Normalised block;
    Moments moments;
    float* gradients;  // [seed][parameter]
    int units, planes, count;
    double values;
    DEVICE void operator()(int seed, int, int c) const {
        const ChannelSums sums = joined(moments.of(seed, c, units), units);
        Channel& channel = block.channel(seed, c);
        float* gradient = gradients + block.scale_place(seed, c);
        gradient[0] = static_cast<float>(sums.second * channel.normaliser.inverse_deviation);
        gradient[block.channel_count] = static_cast<float>(sums.first);
        channel.slope = slope_of(sums, values, block.scale(seed, c), channel.normaliser);
    }
};

}  // namespace engine::cuda
