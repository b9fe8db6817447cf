// How long a training step takes on a GPU in each arrangement of its kernels, and where the time
// of the plain one goes: what is to be known before a kernel is changed.
//
//     profile KERNELS SEEDS STEPS
//
// with graphs of that many steps, whose dropout masks are drawn at once.
#include <cstdio>
#include <cstdlib>

#include "measured_group.hpp"

using namespace cases;

namespace {

constexpr double kSpan = 0.15;  // seconds of each measurement

bool goes_on(const cuda::Launch& launch) { return launch.kernel == cuda::Kernel::advance; }

// A kernel of a step by its place in it, as it is launched: without it the step takes that much
// less. Its results are then those of the step before, of the same shapes.
void show_kernels(cuda::Gpu& gpu, TrainedGroup& group) {
    const cuda::Launched steps = steps_of(group), one = group.kernels_of_step(kBatch);
    const size_t ahead = steps.size() - group.group().steps * one.size();  // drawing masks
    const double whole = seconds(gpu, group, steps, 1) / group.group().steps;
    std::printf("%.3f ms a step of %d seeds; of it, in us, and as a share:\n", whole * 1e3,
                group.group().seeds);
    const auto without = [&](auto left_out) {
        cuda::Launched rest;
        for (size_t i = 0; i < steps.size(); ++i)
            if (!left_out(i)) rest.push_back(steps[i]);
        return whole - seconds(gpu, group, rest, kSpan) / group.group().steps;
    };
    const auto show = [&](const char* name, double took) {
        std::printf("%10.1f %6.1f%%  %s\n", took * 1e6, 100 * took / whole, name);
        std::fflush(stdout);
    };
    show("drawing masks", without([&](size_t i) { return i < ahead; }));
    for (size_t place = 0; place < one.size(); ++place)
        if (!goes_on(one[place]))
            show(name_of(one[place].kernel), without([&](size_t i) {
                     return i >= ahead && (i - ahead) % one.size() == place;
                 }));
}

// The same step in other arrangements, of which a group takes the fastest.
void show_arrangements(cuda::Gpu& gpu, TrainedGroup& group) {
    const cuda::Launched steps = steps_of(group);
    for (const cuda::Arrangement& one : cuda::arrangements(
             group.kernels_of_step(kBatch), group.group().seeds, gpu.cache_bytes())) {
        std::printf("%10.3f ms a step in %d streams",
                    seconds(gpu, group, steps, kSpan, one) / group.group().steps * 1e3,
                    one.streams);
        if (one.cache) std::printf(", %.1f MB at a time", one.cache / 1e6);
        std::printf("\n");
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
        show_arrangements(gpu, *group);
        show_kernels(gpu, *group);
    } catch (const std::runtime_error& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 2;
    }
    return 0;
}
