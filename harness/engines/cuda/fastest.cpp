#include "fastest.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <set>

namespace engine::cuda {

namespace {

using Seconds = std::chrono::duration<double>;

constexpr int kSteps = 2, kRuns = 4;  // of a graph; of it, one after the other
constexpr int kTimes = 3;             // that these are measured
constexpr Seconds kWarming{0.2};      // until the device's clock is as fast as it gets
constexpr double kHopeless = 1.25;    // of the least time
constexpr double kWorthwhile = 0.98;  // of the plain arrangement's time
constexpr size_t kMostLaunches = 64;  // for one of the plain arrangement

// What distinguishes arrangements of the same kernels: the seeds of each launch.
std::vector<unsigned> shape_of(const std::vector<Launched>& streams) {
    std::vector<unsigned> shape;
    for (const Launched& launched : streams) {
        shape.push_back(0);
        for (const Launch& launch : launched) shape.push_back(launch.seeds);
    }
    return shape;
}

class Trial {
public:
    Trial(Device& device, const Launched& launched, const Group& group,
          const std::function<void()>& restart)
        : device_(device), launched_(launched), group_(group), restart_(restart) {}

    Seconds time_of(Arrangement arrangement) {
        const auto graph = device_.record(arranged(launched_, group_.seeds, arrangement));
        run(*graph);  // the first time it is brought to the device
        const auto once = [&] { return run(*graph).count(); };
        const double took = least_of(once, kTimes, kHopeless * least_);
        least_ = std::min(least_, took);
        return Seconds(took);
    }
    void warm_up() const {
        const auto graph = device_.record(arranged(launched_, group_.seeds, {}));
        for (Seconds sum{0}; sum < kWarming;) sum += run(*graph);
    }

private:
    Seconds run(const Recorded& graph) const {
        restart_();
        device_.wait();
        const auto begin = std::chrono::steady_clock::now();
        for (int n = 0; n < std::clamp(group_.steps / kSteps, 1, kRuns); ++n) device_.run(graph);
        device_.wait();
        return std::chrono::steady_clock::now() - begin;
    }

    Device& device_;
    const Launched& launched_;
    const Group& group_;
    const std::function<void()>& restart_;
    double least_ = std::numeric_limits<double>::infinity();
};

}  // namespace

std::vector<Arrangement> arrangements(const Launched& launched, int seeds, size_t cache_bytes) {
    std::vector<Arrangement> result;
    std::set<std::vector<unsigned>> shapes;
    // A cache helps even if only a part of what is handed on fits.
    for (const int number : {1, 2, 4, 8})
        for (const size_t halves : {0, 8, 4, 2, 1}) {
            const Arrangement one = {number, cache_bytes / 2 * halves};
            const std::vector<Launched> streams = arranged(launched, seeds, one);
            if (launches_of(streams) <= kMostLaunches * launched.size() &&
                shapes.insert(shape_of(streams)).second)
                result.push_back(one);
        }
    return result;
}

double least_of(const std::function<double()>& once, int times, double hopeless) {
    double least = once();
    for (int time = 1; time < times && least < hopeless; ++time) least = std::min(least, once());
    return least;
}

Arrangement fastest(const std::vector<Arrangement>& all,
                    const std::function<double(Arrangement)>& seconds) {
    const Arrangement plain = all.front();
    Arrangement best = plain;
    double least = seconds(plain);
    for (size_t n = 1; n < all.size(); ++n) {
        try {
            const double took = seconds(all[n]);
            if (took < least) least = took, best = all[n];
        } catch (const TooLittleMemory&) {
            continue;  // for the graph of so many launches
        }
    }
    return seconds(best) < kWorthwhile * seconds(plain) ? best : plain;
}

Arrangement fastest(Device& device, const Launches& launches, const Group& group,
                    const std::function<void()>& restart) {
    Launched launched;
    for (int step = 0; step < std::min(kSteps, group.steps); ++step)
        for (Launch& launch : launches.step(group.batch)) launched.push_back(std::move(launch));
    Trial trial(device, launched, group, restart);
    trial.warm_up();
    return fastest(arrangements(launched, group.seeds, device.cache_bytes()),
                   [&](Arrangement one) { return trial.time_of(one).count(); });
}

}  // namespace engine::cuda
