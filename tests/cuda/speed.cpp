// What training many seeds at once costs on a GPU: steps of `iteration` on batches of 128 augmented
// images, and evaluations, from a graph, in the fastest number of streams.
//
//     speed KERNELS SEEDS...
#include <cstdio>
#include <cstdlib>

#include "measured_group.hpp"

using namespace cases;

namespace {

constexpr int kSteps = 32;  // of a graph

void measure(const std::vector<char>& kernels, int seeds, const Data& data) {
    cuda::Gpu gpu(kernels, 0);
    const auto group = group_of(seeds, kSteps, data, gpu);
    const int streams = group->fastest();
    const double step = seconds(gpu, *group, steps_of(*group), 1, streams) / kSteps;
    const double evaluation =
        seconds(gpu, *group, group->kernels_of_evaluation(), 1, streams) * kTestImages / kImages;
    const double run = kEpochs * (step * divide_up(kTrainImages, kBatch) + evaluation);
    std::printf("%6d %11.3f %15.2f %14.3f %11.1f %6.2f %7d\n", seeds, step * 1e3,
                step * 1e6 / seeds, evaluation * 1e3, 60 * seeds / run, group->bytes() / 1e9,
                streams);
    std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) return std::fprintf(stderr, "speed KERNELS SEEDS...\n"), 2;
    try {
        const std::vector<char> kernels = contents(arguments[1]);
        std::printf("%s, iteration, batches of %d; runs of %d epochs without the host's part\n",
                    cuda::Gpu(kernels, 0).name().c_str(), kBatch, kEpochs);
        std::printf("%6s %11s %15s %14s %11s %6s %7s\n", "seeds", "ms a step", "us, each seed",
                    "ms evaluation", "runs/minute", "GB", "streams");
        const Data data = make_data(kMnist);
        for (int i = 2; i < count; ++i) measure(kernels, std::atoi(arguments[i]), data);
    } catch (const std::runtime_error& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 2;
    }
    return 0;
}
