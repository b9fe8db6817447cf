// The ends of a step: loss and its gradient, and the optimiser.
#pragma once

#include "../native/loss.hpp"
#include "views.cuh"

namespace engine::cuda {

// The scores of one image.
struct Scores {
    const float* first;
    int plane;
    DEVICE double operator()(int k) const { return static_cast<double>(load(first + k * plane)); }
};

// An image of the batch, or one of those that fill up the last tile.
struct Loss {
    static constexpr int kThreads = 64, kBlocks = 1;
    static constexpr bool kBrief = true;
    Planes scores, gradient;
    const int* order;
    const uint8_t* labels;  // of all training images
    const Rule* rules;
    Clock clock;
    double* losses;  // [seed][image of the batch]
    uint8_t* hits;
    int order_seed, batch, classes, images, planes, count;
    DEVICE void operator()(int seed, int, int i) const {
        const int tile = i / kLanes, lane = i - tile * kLanes;
        float* to = gradient.at(seed, tile, 0, 0, 0) + lane;
        if (i >= images) {
            for (int k = 0; k < classes; ++k) to[k * gradient.plane] = 0;
            return;
        }
        const int label = labels[order[size_t(seed) * order_seed + clock.first(seed) + i]];
        const Scores score = {scores.at(seed, tile, 0, 0, 0) + lane, scores.plane};
        const CrossEntropy<Scores> entropy(classes, score, rules[seed].label_smoothing);
        for (int k = 0; k < classes; ++k)
            to[k * gradient.plane] = static_cast<float>(entropy.gradient(label, k) / images);
        losses[seed * batch + i] = entropy.loss(label);
        hits[seed * batch + i] = largest_of(classes, score) == label;
    }
};

// A seed's step: tile by tile.
struct SumLosses {
    static constexpr int kThreads = 32, kBlocks = 1;
    static constexpr bool kBrief = true;
    const double* losses;
    const uint8_t* hits;
    Clock clock;
    Outcome* outcomes;                 // [seed][step]
    int batch, images, planes, count;  // count: 1
    DEVICE void operator()(int seed, int, int) const {
        Outcome total = {0, 0};
        for (int first = 0; first < images; first += kLanes) {
            const int place = seed * batch + first, left = images - first;
            double tile = 0;
            in_order<kLanes>(
                left < kLanes ? left : kLanes,
                [&](int i) { return Outcome{losses[place + i], hits[place + i]}; },
                [&](const Outcome& one) {
                    tile += one.loss;
                    total.correct += one.correct;
                });
            total.loss += tile;
        }
        total.loss = total.loss / images;
        outcomes[size_t(seed) * clock.step_count + clock.step(seed)] = total;
    }
};

// A test image, from number `first`.
struct Classify {
    static constexpr int kThreads = 64, kBlocks = 1;
    static constexpr bool kBrief = true;
    Planes scores;
    const uint8_t* labels;
    double* losses;  // [seed][test image]
    uint8_t* predicted;
    int test_images, first, classes, planes, count;
    DEVICE void operator()(int seed, int, int i) const {
        const int tile = i / kLanes, lane = i - tile * kLanes;
        const Scores score = {scores.at(seed, tile, 0, 0, 0) + lane, scores.plane};
        const size_t place = size_t(seed) * test_images + first + i;
        losses[place] = CrossEntropy<Scores>(classes, score, 0).loss(labels[first + i]);
        predicted[place] = static_cast<uint8_t>(largest_of(classes, score));
    }
};

// A seed's evaluation: image by image.
struct SumTest {
    static constexpr int kThreads = 32, kBlocks = 1;
    static constexpr bool kBrief = true;
    const double* losses;
    const uint8_t *predicted, *labels;
    Outcome* outcomes;                           // [seed]
    int test_images, classified, planes, count;  // count: 1
    DEVICE void operator()(int seed, int, int) const {
        const size_t first = size_t(seed) * test_images;
        Outcome total = {0, 0};
        in_order<16>(
            classified,
            [&](int i) { return Outcome{losses[first + i], predicted[first + i] == labels[i]}; },
            [&](const Outcome& one) {
                total.loss += one.loss;
                total.correct += one.correct;
            });
        total.loss = total.loss / classified;
        outcomes[seed] = total;
    }
};

struct Update {
    static constexpr int kThreads = 256, kBlocks = 1;
    static constexpr bool kBrief = true;
    float *values, *velocity;
    const float* gradients;
    const Pace* paces;  // [seed][step]
    const Rule* rules;
    Clock clock;
    int planes, count;
    DEVICE void operator()(int seed, int, int i) const {
        const size_t place = size_t(seed) * count + i;
        const Pace pace = paces[size_t(seed) * clock.step_count + clock.step(seed)];
        descend(rules[seed].descent, pace, gradients[place], values[place], velocity[place]);
    }
};

// Moves a seed on to its next step.
struct Advance {
    static constexpr int kThreads = 32, kBlocks = 1;
    static constexpr bool kBrief = true;
    int* now;           // [seed]
    int planes, count;  // 1
    DEVICE void operator()(int seed, int, int) const { ++now[seed]; }
};

}  // namespace engine::cuda
