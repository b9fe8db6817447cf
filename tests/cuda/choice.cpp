// Which arrangement is taken of those that a scripted device runs at known speeds.
#include <chrono>
#include <cstdio>
#include <functional>
#include <thread>

#include "emulated.hpp"
#include "trained_group.hpp"

using namespace cases;

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;
// How long kernels take; throws TooLittleMemory where they cannot be recorded.
using Speed = std::function<Milliseconds(const std::vector<cuda::Launched>&)>;

struct Timed : cuda::Recorded {
    explicit Timed(Milliseconds time) : time(time) {}
    Milliseconds time;
};

// Only keeps the time.
class Scripted : public cuda::EmulatedDevice {
public:
    explicit Scripted(Speed speed) : speed_(std::move(speed)) {}
    void run(const cuda::Launched&) override {}
    std::shared_ptr<const cuda::Recorded> record(
        const std::vector<cuda::Launched>& streams) override {
        return std::make_shared<Timed>(speed_(streams));
    }
    void run(const cuda::Recorded& graph) override {
        std::this_thread::sleep_for(static_cast<const Timed&>(graph).time);
    }
    size_t cache_bytes() const override { return size_t{1} << 20; }

private:
    Speed speed_;
};

int wrong = 0;

void expect(const char* what, int streams, bool rounds, Speed speed) {
    const Data data = make_data(kMnist);
    Scripted device(std::move(speed));
    const cuda::Group group = {
        iteration(), kMnist.image, kMnist.classes, 8,     8,    kImages, kImages, 64, 8,
        8,           false,        false,          false, false};
    TrainedGroup trained(group, data, std::vector<float>(256), device);
    const cuda::Arrangement found = trained.fastest();
    if (found.streams == streams && (found.cache > 0) == rounds) return;
    ++wrong;
    std::fprintf(stderr, "%s: %d streams, %zu bytes at a time\n", what, found.streams, found.cache);
}

size_t launches(const std::vector<cuda::Launched>& streams) {
    return cuda::launches_of(streams) / streams.size();
}

}  // namespace

int main() {
    const auto count = [](const std::vector<cuda::Launched>& streams) { return streams.size(); };
    expect("four streams are the fastest", 4, false, [&](auto& streams) {
        return Milliseconds(count(streams) == 4 && launches(streams) < 200 ? 0.5 : 2);
    });
    expect("rounds are the fastest", 1, true, [&](auto& streams) {
        return Milliseconds(count(streams) == 1 && launches(streams) > 200 ? 0.5 : 2);
    });
    expect("a hundredth is not worth it", 1, false,
           [&](auto& streams) { return Milliseconds(count(streams) == 4 ? 4.95 : 5); });
    expect("too little memory for a graph", 2, false, [&](auto& streams) {
        if (count(streams) == 8) throw cuda::TooLittleMemory("for this graph");
        return Milliseconds(count(streams) == 2 && launches(streams) < 200 ? 0.5 : 2);
    });
    if (wrong == 0) std::printf("the fastest arrangement is taken\n");
    return wrong;
}
