// How long a training step takes on a GPU with each number of streams, and how long each of its
// kernels takes: what is to be known before a kernel is changed.
//
//     profile KERNELS SEEDS STEPS
//
// with graphs of that many steps, whose dropout masks are drawn at once.
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "measured_group.hpp"

using namespace cases;

namespace {

bool goes_on(const cuda::Launch& launch) { return launch.kernel == cuda::Kernel::advance; }

// How long each kernel of a step takes alone, one after itself many times: about what it takes of a
// step, where some are quicker since values are still in the caches.
void show_kernels(cuda::Gpu& gpu, TrainedGroup& group) {
    constexpr int kTimes = 16;
    constexpr double kSpan = 0.01;  // seconds of each measurement
    const int seeds = group.group().seeds;
    const auto alone = [&](const cuda::Launch& launch) {
        return seconds(gpu, group, cuda::Launched(kTimes, launch), kSpan) / kTimes;
    };
    const cuda::Launched one = group.kernels_of_step(kBatch), masks = group.draw_masks(0);
    std::vector<std::pair<const char*, double>> took;
    for (const cuda::Launch& launch : masks)
        took.emplace_back(name_of(launch.kernel), alone(launch) / group.group().steps_ahead);
    for (const cuda::Launch& launch : one)
        if (!goes_on(launch)) took.emplace_back(name_of(launch.kernel), alone(launch));
    double sum = 0;
    for (const auto& [name, each] : took) sum += each;
    const double whole = seconds(gpu, group, steps_of(group), 1) / group.group().steps;
    std::printf(
        "%.3f ms a step of %d seeds; its kernels alone, in us, and as a share of %.3f ms:\n",
        whole * 1e3, seeds, sum * 1e3);
    for (const auto& [name, each] : took)
        std::printf("%10.1f %6.1f%%  %s\n", each * 1e6, 100 * each / sum, name);
    std::fflush(stdout);
}

// The same step in one stream and in several, of which a group takes the fastest.
void show_streams(cuda::Gpu& gpu, TrainedGroup& group) {
    constexpr double kSpan = 0.15;
    const cuda::Launched steps = steps_of(group);
    for (const int streams : cuda::numbers_of_streams(group.group().seeds)) {
        const double took = seconds(gpu, group, steps, kSpan, streams) / group.group().steps;
        std::printf("%10.3f ms a step, streams: %d\n", took * 1e3, streams);
        std::fflush(stdout);
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return std::fprintf(stderr, "profile KERNELS SEEDS STEPS\n"), 2;
    try {
        const std::vector<char> kernels = contents(arguments[1]);
        const int seeds = std::atoi(arguments[2]), steps = std::atoi(arguments[3]);
        const Data data = make_data(kMnist);
        cuda::Gpu gpu(kernels, 0);
        const auto group = group_of(seeds, steps, data, gpu);
        show_streams(gpu, *group);
        show_kernels(gpu, *group);
    } catch (const std::runtime_error& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 2;
    }
    return 0;
}
