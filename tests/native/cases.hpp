// Made-up networks, images and batches for the drivers here. All their randomness is Splitmix64's.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "network.hpp"

namespace cases {

using namespace engine;

// An evaluation of 96 has several parts too, but takes a sanitizer a fifth of the time.
#ifndef IMAGES
#define IMAGES 512
#endif
constexpr int kImages = IMAGES;

// The shape of the images, and how many classes they have.
struct Task {
    Shape image;
    int classes;
};

constexpr Task kMnist = {{1, 28, 28}, 10};

struct Source {
    uint64_t state;
    uint64_t next() {
        uint64_t z = (state += 0x9E3779B97F4A7C15ull);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        return z ^ (z >> 31);
    }
    int below(int n) { return static_cast<int>(next() % static_cast<uint64_t>(n)); }
    double share() { return static_cast<double>(next() >> 11) / 9007199254740992.0; }
};

inline BlockSpec block(int channels, int kernel, Order order, bool dropout = false, int padding = 0,
                       Pool pool = Pool::kNone, int size = 1) {
    return {channels, kernel, padding, order, dropout, pool, {size, size}};
}

inline std::vector<BlockSpec> iteration() {
    const Order order = Order::kReluNorm;
    return {block(10, 3, order, true),
            block(10, 3, order, true),
            block(10, 1, Order::kNone, false, 0, Pool::kMax, 2),
            block(16, 3, order, true),
            block(16, 3, order, true),
            block(16, 3, order, true),
            block(16, 3, order, true, 1, Pool::kAverage, 6),
            block(10, 1, Order::kNone)};
}

inline std::vector<BlockSpec> final_network() {
    const Order relu = Order::kReluNorm, norm = Order::kNormRelu;
    return {block(10, 3, relu),
            block(16, 3, relu),
            block(10, 1, norm, false, 0, Pool::kMax, 2),
            block(10, 3, relu),
            block(32, 1, norm),
            block(10, 1, relu),
            block(10, 3, relu),
            block(32, 1, norm),
            block(10, 1, relu),
            block(14, 3, relu),
            block(16, 3, relu, false, 0, Pool::kAverage, 4),
            block(10, 1, Order::kNone)};
}

// padded-4884 of models/padded.py for images of any shape; `whole` is the last plane's size.
inline std::vector<BlockSpec> padded(int classes, Window whole) {
    const Order order = Order::kReluNorm;
    std::vector<BlockSpec> specs = {block(8, 3, order, false, 1),
                                    block(8, 3, order, false, 1, Pool::kMax, 2),
                                    block(10, 3, order, false, 1),
                                    block(10, 3, order, false, 1, Pool::kMax, 2),
                                    block(12, 3, order),
                                    block(12, 3, order, false, 0, Pool::kAverage),
                                    block(classes, 1, Order::kNone)};
    specs[5].window = whole;
    return specs;
}

struct Shaped {
    const char* name;
    Task task;
    std::vector<BlockSpec> specs;
};

// One network for images of many shapes: colours, odd sides, many channels, the longest sides.
inline std::vector<Shaped> shaped() {
    return {{"padded-4884", kMnist, padded(10, {3, 3})},
            {"colours", {{3, 32, 32}, 10}, padded(10, {4, 4})},
            {"odd", {{1, 33, 27}, 26}, padded(26, {4, 2})},
            {"channels", {{5, 21, 64}, 3}, padded(3, {1, 12})},
            {"longest", {{3, 64, 64}, 100}, padded(100, {12, 12})}};
}

// Blocks of any kind while they fit, then a pooling to one position and a classifier.
inline std::vector<BlockSpec> random_network(Task task, Source& source) {
    std::vector<BlockSpec> specs;
    int height = task.image.height, width = task.image.width;
    for (int left = 1 + source.below(5); left > 0; --left) {
        const int kernel = 1 + source.below(6), padding = source.below(kernel + 1);
        const int more = 2 * padding - kernel + 1;
        if (std::min(height, width) + more < 2) break;
        height += more;
        width += more;
        const int channels = 1 + source.below(13), order = source.below(5);
        const bool dropout = source.below(2) == 1;
        specs.push_back(block(channels, kernel, static_cast<Order>(order), dropout, padding));
        const int pool = source.below(4), size = 2 + source.below(2);
        if (pool < 1 || std::min(height, width) < size) continue;
        specs.back().pool = pool == 1 ? Pool::kAverage : Pool::kMax;
        specs.back().window = {size, size};
        height /= size;
        width /= size;
    }
    specs.push_back(block(8, 1, Order::kRelu, false, 0, Pool::kAverage));
    specs.back().window = {height, width};
    specs.push_back(block(task.classes, 1, Order::kNone));
    return specs;
}

// Grey or in colours, with sides that are large enough for the rectangles to be erased.
inline Task random_task(Source& source) {
    const int channels = source.below(2) == 0 ? 1 : 3;
    const int height = 19 + source.below(kMostSide - 18), width = 19 + source.below(kMostSide - 18);
    return {{channels, height, width}, 1 + source.below(kMostClasses)};
}

struct Data {
    Task task;
    std::vector<uint8_t> images, labels;
};

// Blurred blots whose place depends on the label, so that there is something to learn.
inline Data make_data(Task task) {
    Source source{1};
    const auto [channels, height, width] = task.image;
    Data data{task, {}, {}};
    for (int i = 0; i < kImages; ++i) {
        const int label = source.below(task.classes);
        data.labels.push_back(static_cast<uint8_t>(label));
        for (int p = 0; p < task.image.count(); ++p) {
            const int dx = p % width - 6 - 2 * (label % 5);
            const int dy = p / width % height - 8 - 8 * (label / 5);
            const int near = 255 - 9 * (dx * dx + dy * dy) + source.below(64);
            data.images.push_back(static_cast<uint8_t>(std::min(255, std::max(0, near))));
        }
    }
    return data;
}

inline uint64_t digest(uint64_t hash, const std::vector<float>& numbers) {
    const unsigned char* bytes = reinterpret_cast<const unsigned char*>(numbers.data());
    for (size_t i = 0; i < numbers.size() * sizeof(float); ++i)
        hash = (hash ^ bytes[i]) * 0x100000001B3ull;
    return hash;
}

inline void start(Network& network, Source& source) {
    float* value = network.values().data();
    float* statistic = network.running().data();
    for (const Block& block : network.blocks()) {
        const FilterShape filters = block.layout().filters();
        const int fan_in = filters.count() / filters.outputs;
        for (int n = filters.count(); n > 0; --n)
            *value++ = static_cast<float>((2 * source.share() - 1) / std::sqrt(double(fan_in)));
        if (!block.layout().normalised()) continue;
        value = std::fill_n(value, filters.outputs, 1.0f);
        value = std::fill_n(value, filters.outputs, 0.0f);
        statistic = std::fill_n(statistic, filters.outputs, 0.0f);
        statistic = std::fill_n(statistic, filters.outputs, 1.0f);
    }
}

// A batch of `count` random images with random draws, and the memory that holds them.
class RandomBatch {
public:
    RandomBatch(const Data& data, int count, Source& source)
        : chosen_(count),
          erase_(4 * count),
          brightness_(count),
          contrast_(count),
          affine_(6 * count),
          contrast_first_(new bool[count]) {
        for (int i = 0; i < count; ++i) {
            chosen_[i] = source.below(kImages);
            brightness_[i] = static_cast<float>(0.9 + 0.2 * source.share());
            contrast_[i] = static_cast<float>(0.9 + 0.2 * source.share());
            contrast_first_[i] = source.below(2) == 1;
            const double turn = source.below(4) == 0 ? 0 : 0.2 * source.share() - 0.1;
            const double matrix[6] = {1.0,   turn, -14 * turn + source.below(3) - 1,
                                      -turn, 1.0,  14 * turn};
            std::copy(matrix, matrix + 6, affine_.begin() + 6 * i);
            for (int k = 0; k < 4; ++k) erase_[4 * i + k] = source.below(10);
        }
        batch = {data.images.data(),
                 data.labels.data(),
                 chosen_.data(),
                 count,
                 {brightness_.data(),
                  has_contrast(data.task.image.channels) ? contrast_.data() : nullptr,
                  contrast_first_.get(), affine_.data(), erase_.data(), false, 1},
                 {}};
        for (auto& seed : batch.dropout_seed)
            for (uint64_t& word : seed) word = source.next();
    }
    Batch batch;

private:
    std::vector<int64_t> chosen_, erase_;
    std::vector<float> brightness_, contrast_;
    std::vector<double> affine_;
    std::unique_ptr<bool[]> contrast_first_;
};

}  // namespace cases
