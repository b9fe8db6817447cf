// Where the time of a training step goes on a GPU, and whether other orders of its kernels are
// faster: what is to be known before a kernel is changed.
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

// The same kernels for `count` seeds at a time, so that what they hand on stays in the cache.
cuda::Launched in_chunks(const cuda::Launched& launched, int count) {
    cuda::Launched result, of_step;
    for (const cuda::Launch& launch : launched) {
        if (!goes_on(launch)) {
            of_step.push_back(launch);
            continue;
        }
        const int seeds = static_cast<int>(of_step.front().seeds);
        for (int first = 0; first < seeds; first += count)
            for (cuda::Launch part : of_step) {
                const int some = std::min(count, seeds - first);
                part.seeds = static_cast<unsigned>(some);
                part.walk.first = part.walk.step > 0 ? first : first + some - 1;
                result.push_back(part);
            }
        of_step.clear();
        result.push_back(launch);
    }
    return result;
}

void show_chunks(cuda::Gpu& gpu, TrainedGroup& group) {
    const cuda::Launched steps = steps_of(group);
    for (int count = group.group().seeds / 2; count >= 4; count /= 2)
        std::printf(
            "%10.3f ms a step if %d seeds go through it at a time\n",
            seconds(gpu, group, in_chunks(steps, count), 3 * kSpan) / group.group().steps * 1e3,
            count);
}

// As many groups that share the seeds, each in a stream of its own.
void show_side_by_side(const std::vector<char>& kernels, int groups, int seeds, int steps,
                       const Data& data) {
    std::vector<std::unique_ptr<cuda::Gpu>> streams;
    std::vector<std::unique_ptr<TrainedGroup>> trained;
    std::vector<std::shared_ptr<const cuda::Recorded>> graphs;
    for (int i = 0; i < groups; ++i) {
        streams.push_back(std::make_unique<cuda::Gpu>(kernels, 0));
        trained.push_back(group_of(seeds / groups, steps, data, *streams[i]));
        graphs.push_back(streams[i]->record(steps_of(*trained[i])));
    }
    constexpr int kTimes = 4;
    for (int i = 0; i < groups; ++i) streams[i]->wait();
    const auto begin = std::chrono::steady_clock::now();
    for (int time = 0; time < kTimes; ++time) {
        for (int i = 0; i < groups; ++i) trained[i]->begin_epoch();
        for (int i = 0; i < groups; ++i) streams[i]->run(*graphs[i]);
        for (int i = 0; i < groups; ++i) streams[i]->wait();
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("%10.3f ms a step in %d groups of %d seeds side by side\n",
                took.count() / (kTimes * steps) * 1e3, groups, seeds / groups);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return std::fprintf(stderr, "profile KERNELS SEEDS STEPS\n"), 2;
    try {
        const std::vector<char> kernels = contents(arguments[1]);
        const int seeds = std::atoi(arguments[2]), steps = std::atoi(arguments[3]);
        const Data data = make_data(kMnist);
        {
            cuda::Gpu gpu(kernels, 0);
            const auto group = group_of(seeds, steps, data, gpu);
            show_kernels(gpu, *group);
            show_chunks(gpu, *group);
        }
        for (int groups = 2; groups <= std::min(4, seeds); groups *= 2)
            show_side_by_side(kernels, groups, seeds, steps, data);
    } catch (const std::runtime_error& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 2;
    }
    return 0;
}
