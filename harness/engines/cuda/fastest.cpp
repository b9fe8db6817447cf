#include "fastest.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace engine::cuda {

namespace {

using Seconds = std::chrono::duration<double>;

constexpr int kSteps = 2, kRuns = 4;  // of a graph; of it, one after the other
constexpr int kTimes = 3;             // that these are measured
constexpr Seconds kWarming{0.2};      // until the device's clock is as fast as it gets
constexpr int kMostStreams = 8;
constexpr double kWorthwhile = 0.98;  // of the time in one stream

// The steps of an epoch that can be tried: those of equally many images.
int full_steps(const Group& group) { return std::max(1, group.places / group.batch); }

class Trial {
public:
    Trial(Device& device, const Launched& launched, const Group& group,
          const std::function<void()>& restart)
        : device_(device),
          launched_(launched),
          group_(group),
          restart_(restart),
          runs_(std::clamp(full_steps(group) / kSteps, 1, kRuns)) {}

    double seconds_in(int streams) {
        const auto graph = device_.record(in_streams(launched_, group_.seeds, streams));
        run(*graph);  // the first time it is brought to the device
        double least = std::numeric_limits<double>::infinity();
        for (int time = 0; time < kTimes; ++time) least = std::min(least, run(*graph).count());
        return least;
    }
    void warm_up() const {
        const auto graph = device_.record(in_streams(launched_, group_.seeds, 1));
        for (Seconds sum{0}; sum < kWarming;) sum += run(*graph);
    }

private:
    Seconds run(const Recorded& graph) const {
        restart_();
        device_.wait();
        const auto begin = std::chrono::steady_clock::now();
        for (int n = 0; n < runs_; ++n) device_.run(graph);
        device_.wait();
        return std::chrono::steady_clock::now() - begin;
    }

    Device& device_;
    const Launched& launched_;
    const Group& group_;
    const std::function<void()>& restart_;
    const int runs_;  // without a step beyond the full ones, which would read beyond the memory
};

}  // namespace

std::vector<int> numbers_of_streams(int seeds) {
    std::vector<int> result;
    for (int number = 1; number <= std::min(seeds, kMostStreams); number *= 2)
        result.push_back(number);
    return result;
}

int fastest(const std::vector<int>& numbers, const std::function<double(int)>& seconds) {
    const int first = numbers.front();
    int best = first;
    double least = seconds(first);
    for (size_t n = 1; n < numbers.size(); ++n) {
        try {
            const double took = seconds(numbers[n]);
            if (took < least) least = took, best = numbers[n];
        } catch (const TooLittleMemory&) {
            continue;  // for the graph of so many launches
        }
    }
    return seconds(best) < kWorthwhile * seconds(first) ? best : first;
}

int fastest(Device& device, const Launches& launches, const Group& group,
            const std::function<void()>& restart) {
    Launched launched;
    const int images = std::min(group.batch, group.places);
    for (int step = 0; step < std::min(kSteps, full_steps(group)); ++step)
        for (Launch& launch : launches.step(images)) launched.push_back(std::move(launch));
    Trial trial(device, launched, group, restart);
    trial.warm_up();
    return fastest(numbers_of_streams(group.seeds),
                   [&](int streams) { return trial.seconds_in(streams); });
}

}  // namespace engine::cuda
