// What training many seeds at once costs on a GPU: steps of `iteration` on batches of 128 augmented
// images, and evaluations, from a graph.
//
//     speed KERNELS SEEDS...
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "device_of.hpp"
#include "trained_group.hpp"

using namespace cases;

namespace {

constexpr int kBatch = 128, kSteps = 32;                                // of a graph
constexpr int kEpochs = 15, kTrainImages = 60000, kTestImages = 10000;  // of a run on MNIST

std::unique_ptr<TrainedGroup> group_of(int seeds, const Data& data, cuda::Device& device) {
    const Settings settings = {kBatch, 5243, 0, {true, 1e-4f, 0, 0}};
    const Own own = {settings, {0.02f, 0.9f}, true, true, true, false, 1, false};
    const std::vector<float> greys(256, 0.5f);
    const cuda::Group group = {iteration(),    data.task.image, data.task.classes, kBatch,   seeds,
                               kImages,        kImages,         kSteps * kBatch,   kSteps,   kSteps,
                               own.brightness, own.contrast,    own.affine,        own.erase};
    auto made = std::make_unique<TrainedGroup>(group, data, greys, device);
    for (int s = 0; s < seeds; ++s) {
        Source source{uint64_t(100 + s)};
        Network network(iteration(), ImageFormat(data.task.image, greys), data.task.classes,
                        settings);
        start(network, source);
        made->begin(s, own);
        made->set(s, network);
        for (int step = 0; step < kSteps; ++step)
            made->put(s, step, RandomBatch(data, kBatch, source).batch);
    }
    made->started();
    return made;
}

// Seconds that a graph takes, over about one second.
double seconds(cuda::Gpu& gpu, TrainedGroup& group, const cuda::Launched& launched) {
    const auto graph = gpu.record(launched);
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
        times = std::max(2, std::min(500, static_cast<int>(1 / each)));
    }
    return each;
}

void measure(const std::vector<char>& kernels, int seeds, const Data& data) {
    cuda::Gpu gpu(kernels, 0);
    const auto group = group_of(seeds, data, gpu);
    cuda::Launched steps = group->draw_masks();
    for (int step = 0; step < kSteps; ++step) {
        const cuda::Launched more = group->kernels_of_step(kBatch);
        steps.insert(steps.end(), more.begin(), more.end());
    }
    const double step = seconds(gpu, *group, steps) / kSteps;
    const double evaluation =
        seconds(gpu, *group, group->kernels_of_evaluation()) * kTestImages / kImages;
    const double run = kEpochs * (step * divide_up(kTrainImages, kBatch) + evaluation);
    std::printf("%6d %11.3f %15.2f %14.3f %11.1f %8.2f\n", seeds, step * 1e3, step * 1e6 / seeds,
                evaluation * 1e3, 60 * seeds / run, group->bytes() / 1e9);
    std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) return std::fprintf(stderr, "speed KERNELS SEEDS...\n"), 2;
    try {
        const std::vector<char> kernels = contents(arguments[1]);
        std::printf("%s, iteration, batches of %d; runs of %d epochs without the host's part\n",
                    cuda::Gpu(kernels, 0).name().c_str(), kBatch, kEpochs);
        std::printf("%6s %11s %15s %14s %11s %8s\n", "seeds", "ms a step", "us, each seed",
                    "ms evaluation", "runs/minute", "GB");
        const Data data = make_data(kMnist);
        for (int i = 2; i < count; ++i) measure(kernels, std::atoi(arguments[i]), data);
    } catch (const std::runtime_error& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 2;
    }
    return 0;
}
