// Trains networks on made-up images and prints a digest of each one's numbers, so that builds for
// different compilers, processors and checkers can be compared. No Python, no files.
//
//     driver STEPS BATCH RANDOM      RANDOM: how many random networks after the two published ones
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
    return {channels, kernel, padding, order, dropout, pool, size};
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
std::vector<BlockSpec> random_network(Source& source) {
    std::vector<BlockSpec> specs;
    int side = 28;
    for (int left = 1 + source.below(5); left > 0; --left) {
        const int kernel = 1 + source.below(6), padding = source.below(kernel + 1);
        if (side + 2 * padding - kernel + 1 < 2) break;
        side += 2 * padding - kernel + 1;
        const int channels = 1 + source.below(13), order = source.below(5);
        const bool dropout = source.below(2) == 1;
        specs.push_back(block(channels, kernel, static_cast<Order>(order), dropout, padding));
        const int pool = source.below(4), size = 2 + source.below(2);
        if (pool < 1 || side / size < 1) continue;
        specs.back().pool = pool == 1 ? Pool::kAverage : Pool::kMax;
        specs.back().pool_size = size;
        side /= size;
    }
    specs.push_back(block(8, 1, Order::kRelu, false, 0, Pool::kAverage, side));
    specs.push_back(block(10, 1, Order::kNone));
    return specs;
}

struct Data {
    std::vector<uint8_t> images, labels;
};

// Blurred blots whose place depends on the label, so that there is something to learn.
Data make_data() {
    Source source{1};
    Data data{std::vector<uint8_t>(kImages * kPixels), std::vector<uint8_t>(kImages)};
    for (int i = 0; i < kImages; ++i) {
        const int label = source.below(10);
        data.labels[i] = static_cast<uint8_t>(label);
        for (int p = 0; p < kPixels; ++p) {
            const int dx = p % kSide - 6 - 2 * (label % 5), dy = p / kSide - 8 - 8 * (label / 5);
            const int near = 255 - 9 * (dx * dx + dy * dy) + source.below(64);
            data.images[i * kPixels + p] = static_cast<uint8_t>(near < 0     ? 0
                                                                : near > 255 ? 255
                                                                             : near);
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
    size_t i = 0;
    int inputs = 1;
    for (const Block& block : network.blocks()) {
        const int fan_in = inputs * block.spec().kernel * block.spec().kernel;
        for (int n = block.filter_count(); n > 0; --n)
            network.values()[i++] =
                static_cast<float>((2 * source.share() - 1) / std::sqrt(double(fan_in)));
        if (block.normalised()) {
            for (int c = 0; c < block.spec().channels; ++c) network.values()[i++] = 1;
            for (int c = 0; c < block.spec().channels; ++c) network.values()[i++] = 0;
        }
        inputs = block.spec().channels;
    }
    i = 0;
    for (const Block& block : network.blocks())
        for (int c = 0; block.normalised() && c < 2 * block.spec().channels; ++c)
            network.running()[i++] = c < block.spec().channels ? 0.0f : 1.0f;
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
    Settings settings = {batch_size, 5243, 0.1, {true, 1e-4f, 1e-5f, 1e-5f}, {}};
    for (int grey = 0; grey < 256; ++grey)
        settings.greys[grey] = (grey / 255.0f - 0.1307f) / 0.3081f;
    Network network(specs, settings);
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

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return std::fprintf(stderr, "driver STEPS BATCH RANDOM\n"), 2;
    const int steps = std::atoi(arguments[1]), batch = std::atoi(arguments[2]);
    const Data data = make_data();
    train("iteration", iteration(), data, steps, batch, Source{11});
    train("final", final_network(), data, steps, batch, Source{12});
    Source source{13};
    for (int i = 0; i < std::atoi(arguments[3]); ++i) {
        char name[32];
        std::snprintf(name, sizeof name, "random%d", i);
        const std::vector<BlockSpec> specs = random_network(source);
        const int most = 2 + source.below(40);
        train(name, specs, data, 6, most, Source{source.next()});
    }
}
