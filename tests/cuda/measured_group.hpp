// A group of `iteration` on batches of 128 augmented images, and what its kernels cost on a GPU.
#pragma once

#include <algorithm>
#include <chrono>

#include "device_of.hpp"
#include "trained_group.hpp"

namespace cases {

constexpr int kBatch = 128;
constexpr int kEpochs = 15, kTrainImages = 60000, kTestImages = 10000;  // of a run on MNIST

inline std::unique_ptr<TrainedGroup> group_of(int seeds, int steps, const Data& data,
                                              cuda::Device& device) {
    const Settings settings = {kBatch, 5243, 0, {true, 1e-4f, 0, 0}};
    const Own own = {settings, {0.02f, 0.9f}, true, true, true, false, 1, false};
    const std::vector<float> greys(256, 0.5f);
    const cuda::Group group = {iteration(),    data.task.image, data.task.classes, kBatch,   seeds,
                               kImages,        kImages,         steps * kBatch,    steps,    steps,
                               own.brightness, own.contrast,    own.affine,        own.erase};
    auto made = std::make_unique<TrainedGroup>(group, data, greys, device);
    for (int s = 0; s < seeds; ++s) {
        Source source{uint64_t(100 + s)};
        Network network(iteration(), ImageFormat(data.task.image, greys), data.task.classes,
                        settings);
        start(network, source);
        made->begin(s, own);
        made->set(s, network);
        for (int step = 0; step < steps; ++step)
            made->put(s, step, RandomBatch(data, kBatch, source).batch);
    }
    made->started();
    return made;
}

// The kernels of all its steps, whose masks are drawn at once.
inline cuda::Launched steps_of(const TrainedGroup& group) {
    cuda::Launched steps = group.draw_masks(0);
    for (int step = 0; step < group.group().steps; ++step) {
        const cuda::Launched more = group.kernels_of_step(kBatch);
        steps.insert(steps.end(), more.begin(), more.end());
    }
    return steps;
}

// Seconds that kernels take as a graph, over about `span` seconds.
inline double seconds(cuda::Gpu& gpu, TrainedGroup& group, const cuda::Launched& launched,
                      double span, int streams = 1) {
    const auto graph = gpu.record(cuda::in_streams(launched, group.group().seeds, streams));
    double each = 0;
    for (int times = 1, round = 0; round < 2; ++round) {
        gpu.wait();
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < times; ++i) {
            group.begin_epoch();
            gpu.run(*graph);
        }
        gpu.wait();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        each = took.count() / times;
        times = std::max(2, std::min(500, static_cast<int>(span / each)));
    }
    return each;
}

}  // namespace cases
