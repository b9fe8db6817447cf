// Trains networks on made-up images and prints a digest of each one's numbers, so that builds for
// different compilers, processors and checkers can be compared. No Python, no files.
//
//     driver STEPS BATCH RANDOM [SHAPES]
//
// RANDOM: how many random networks after the two published ones; SHAPES: how many more of them, on
// images of random shapes.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "network.hpp"

using namespace engine;

namespace {

constexpr int kImages = 512;

// What the images are, and how many classes they have.
struct Task {
    Shape image;
    int classes;
};

constexpr Task kMnist = {{1, 28, 28}, 10};

// Splitmix64: all the randomness of this driver.
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

BlockSpec block(int channels, int kernel, Order order, bool dropout = false, int padding = 0,
                Pool pool = Pool::kNone, int size = 1) {
    return {channels, kernel, padding, order, dropout, pool, {size, size}};
}

std::vector<BlockSpec> iteration() {
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

std::vector<BlockSpec> final_network() {
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

// Blocks of any kind while they fit, then a pooling to one position and a classifier.
std::vector<BlockSpec> random_network(Task task, Source& source) {
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

// Grey or in colours, with sides that hold the rectangles that are erased.
Task random_task(Source& source) {
    const int channels = source.below(2) == 0 ? 1 : 3;
    const int height = 19 + source.below(kMostSide - 18), width = 19 + source.below(kMostSide - 18);
    return {{channels, height, width}, 1 + source.below(kMostClasses)};
}

struct Data {
    Task task;
    std::vector<uint8_t> images, labels;
};

// Blurred blots whose place depends on the label, so that there is something to learn.
Data make_data(Task task) {
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

uint64_t digest(uint64_t hash, const std::vector<float>& numbers) {
    const unsigned char* bytes = reinterpret_cast<const unsigned char*>(numbers.data());
    for (size_t i = 0; i < numbers.size() * sizeof(float); ++i)
        hash = (hash ^ bytes[i]) * 0x100000001B3ull;
    return hash;
}

void start(Network& network, Source& source) {
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

// A batch of so many random images with random draws, which it holds.
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
                 {brightness_.data(), contrast_.data(), contrast_first_.get(), affine_.data(),
                  erase_.data(), 1},
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

// Every third batch is smaller, as the last one of an epoch is; every fourth step an evaluation
// comes between.
void train(const char* name, const std::vector<BlockSpec>& specs, const Data& data, int steps,
           int batch_size, Source source) {
    const Settings settings = {batch_size, 5243, 0.1, {true, 1e-4f, 1e-5f, 1e-5f}};
    const Shape image = data.task.image;
    std::vector<float> greys(256 * image.channels);
    for (size_t i = 0; i < greys.size(); ++i) greys[i] = (i % 256 / 255.0f - 0.1307f) / 0.3081f;
    Network network(specs, ImageFormat(image, greys), data.task.classes, settings);
    start(network, source);
    uint64_t hash = 0xCBF29CE484222325ull;
    std::vector<uint8_t> predicted(kImages);
    const auto evaluate = [&](int count) {
        const Outcome outcome =
            network.evaluate(data.images.data(), data.labels.data(), count, predicted.data());
        for (int i = 0; i < count; ++i) hash = (hash ^ predicted[i]) * 0x100000001B3ull;
        return outcome;
    };
    for (int step = 0; step < steps; ++step) {
        const int count = step % 3 == 2 ? 1 + source.below(batch_size) : batch_size;
        RandomBatch made(data, count, source);
        network.differentiate(made.batch);
        network.update(0.02f, 0.9f);
        hash = digest(digest(hash, network.values()), network.running());
        if (step % 4 == 3) evaluate(9);
    }
    const Outcome outcome = evaluate(kImages - 3);
    std::printf("%s %016llx loss %.6f, %d of %d correct\n", name,
                static_cast<unsigned long long>(hash), outcome.loss, outcome.correct, kImages - 3);
}

// Trains so many random networks, each on the data that `data_of(source)` gives.
template <class DataOf>
void train_random(const char* kind, int count, Source source, DataOf data_of) {
    for (int i = 0; i < count; ++i) {
        char name[32];
        std::snprintf(name, sizeof name, "%s%d", kind, i);
        const Data& data = data_of(source);
        const std::vector<BlockSpec> specs = random_network(data.task, source);
        const int most = 2 + source.below(40);
        train(name, specs, data, 6, most, Source{source.next()});
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4 && count != 5)
        return std::fprintf(stderr, "driver STEPS BATCH RANDOM [SHAPES]\n"), 2;
    const int steps = std::atoi(arguments[1]), batch = std::atoi(arguments[2]);
    const Data mnist = make_data(kMnist);
    train("iteration", iteration(), mnist, steps, batch, Source{11});
    train("final", final_network(), mnist, steps, batch, Source{12});
    train_random("random", std::atoi(arguments[3]), Source{13},
                 [&](Source&) -> const Data& { return mnist; });
    if (count == 5)
        train_random("shape", std::atoi(arguments[4]), Source{14},
                     [](Source& source) { return make_data(random_task(source)); });
}
