// Trains networks on made-up images and prints a digest of each one's numbers, so that builds for
// different compilers, processors and checkers can be compared. No Python, no files.
//
//     driver STEPS BATCH RANDOM [SHAPES]
//
// RANDOM: how many random networks to train after the two published ones; SHAPES: how many more on
// images of random shapes, after one network on images of given shapes.
#include <cstdio>
#include <cstdlib>

#include "cases.hpp"

using namespace cases;

namespace {

// Every third batch is smaller, like the last one of an epoch; after every fourth step there is an
// evaluation.
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

// Trains `count` random networks, each on the data that `data_of(source)` gives.
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
    if (count != 5) return 0;
    uint64_t state = 20;
    for (const Shaped& one : shaped())
        train(one.name, one.specs, make_data(one.task), steps, batch, Source{state++});
    train_random("shape", std::atoi(arguments[4]), Source{14},
                 [](Source& source) { return make_data(random_task(source)); });
}
