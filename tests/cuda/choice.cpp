// Which numbers of streams are tried, which of them is taken, at given speeds, and what the steps
// that tell the fastest may read.
#include <cstdio>

#include "emulated.hpp"
#include "fastest.hpp"
#include "seeds.hpp"

using namespace engine;

namespace {

int wrong = 0;

void expect(const char* what, bool fine) {
    if (fine) return;
    ++wrong;
    std::fprintf(stderr, "not so: %s\n", what);
}

using Numbers = std::vector<int>;

void check_numbers() {
    expect("powers of two", cuda::numbers_of_streams(128) == Numbers{1, 2, 4, 8});
    expect("no more than seeds", cuda::numbers_of_streams(7) == Numbers{1, 2, 4});
    expect("a single seed has one", cuda::numbers_of_streams(1) == Numbers{1});
}

void check_choice() {
    const Numbers all = {1, 2, 4, 8};
    const auto taken = [&](std::vector<double> seconds) {
        return cuda::fastest(all, [&](int streams) {
            for (size_t n = 0; n < all.size(); ++n)
                if (all[n] == streams) {
                    if (seconds[n] < 0) throw cuda::TooLittleMemory("for this graph");
                    return seconds[n];
                }
            return 0.0;
        });
    };
    expect("the fastest is taken", taken({5, 3, 4, 4}) == 2);
    expect("also the last", taken({5, 3, 4, 2}) == 8);
    expect("a hundredth is not worth it", taken({5, 4.95, 6, 6}) == 1);
    expect("what does not fit is left out", taken({5, -1, 4, -1}) == 4);
    int times = 0;
    const auto lucky = [&](int streams) {  // the first time
        return streams == 4 ? (times++ ? 9.0 : 1.0) : 5.0;
    };
    expect("luck is found out", cuda::fastest(all, lucky) == 1);
}

// Streams run side by side, but only the seeds' clocks go on: each step must end within the images
// of its epoch, else the last seed's would read beyond the memory.
class Idle : public cuda::EmulatedDevice {
public:
    explicit Idle(int places) : places_(places) {}
    bool runs_side_by_side() const override { return true; }
    bool within() const { return trained_ && within_; }

private:
    void run_one(const cuda::Launch& launch) override {
        if (launch.kernel == cuda::Kernel::advance) EmulatedDevice::run_one(launch);
        if (launch.kernel != cuda::Kernel::loss) return;
        for (unsigned n = 0; n < launch.seeds; ++n) check(launch, static_cast<int>(n));
    }
    void check(const cuda::Launch& launch, int n) {
        cuda::Loss loss;
        std::memcpy(static_cast<void*>(&loss), launch.body.data(), sizeof loss);
        const int seed = launch.walk.seed(n);
        trained_ = true;
        within_ = within_ && loss.clock.step(seed) < loss.clock.step_count &&
                  loss.clock.first(seed) + loss.images <= places_;
    }

    const int places_;
    bool trained_ = false, within_ = true;
};

void check_places() {
    const BlockSpec block = {10, 3, 0, engine::Order::kRelu, false, Pool::kAverage, {6, 6}};
    for (int places : {5, 16, 17, 32, 33, 47, 48, 60, 129, 1000}) {
        const int batch = 16, steps = divide_up(places, batch);
        const cuda::Group group = {{block}, {1, 8, 8}, 10,    batch, 4,    places, 8,
                                   places,  steps,     steps, true,  true, true,   false};
        const auto device = std::make_shared<Idle>(places);
        const cuda::Seeds seeds(group, device, std::nullopt);
        const std::string what = "steps that are tried end within " + std::to_string(places);
        expect(what.c_str(), device->within());
    }
}

}  // namespace

int main() {
    check_numbers();
    check_choice();
    check_places();
    if (wrong == 0) std::printf("the fastest number of streams is taken\n");
    return wrong;
}
