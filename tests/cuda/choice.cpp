// Which arrangements are tried, and which of them is taken, at given speeds.
#include <cstdio>

#include "emulated.hpp"
#include "fastest.hpp"
#include "trained_group.hpp"

using namespace cases;

namespace {

int wrong = 0;

bool same(cuda::Arrangement a, cuda::Arrangement b) {
    return a.streams == b.streams && a.cache == b.cache;
}

void expect(const char* what, bool fine) {
    if (fine) return;
    ++wrong;
    std::fprintf(stderr, "not so: %s\n", what);
}

std::vector<cuda::Arrangement> arrangements_of(int seeds, size_t cache_bytes) {
    const cuda::Group group = {
        iteration(), kMnist.image, kMnist.classes, 8,     seeds, kImages, kImages, 16, 2,
        2,           false,        false,          false, false};
    const Data data = make_data(kMnist);
    cuda::EmulatedDevice device;
    const TrainedGroup trained(group, data, std::vector<float>(256), device);
    return cuda::arrangements(trained.kernels_of_step(8), seeds, cache_bytes);
}

void check_arrangements() {
    const std::vector<cuda::Arrangement> all = arrangements_of(8, size_t{1} << 20);
    expect("the plain one comes first", same(all.front(), {1, 0}));
    expect("there are many", all.size() > 8);
    expect("a single seed has one", arrangements_of(1, size_t{1} << 20).size() == 1);
    expect("without a cache only streams differ", arrangements_of(8, 0).size() == 4);
}

void check_choice() {
    const std::vector<cuda::Arrangement> all = {{1, 0}, {1, 100}, {2, 0}, {4, 100}};
    const auto taken = [&](std::vector<double> seconds) {
        return cuda::fastest(all, [&](cuda::Arrangement one) {
            for (size_t n = 0; n < all.size(); ++n)
                if (same(all[n], one)) {
                    if (seconds[n] < 0) throw cuda::TooLittleMemory("for this graph");
                    return seconds[n];
                }
            return 0.0;
        });
    };
    expect("the fastest is taken", same(taken({5, 3, 4, 4}), {1, 100}));
    expect("also the last", same(taken({5, 3, 4, 2}), {4, 100}));
    expect("a hundredth is not worth it", same(taken({5, 4.95, 6, 6}), {1, 0}));
    expect("what does not fit is left out", same(taken({5, -1, 4, -1}), {2, 0}));
    int times = 0;
    const auto lucky = [&](cuda::Arrangement one) {  // the first time
        return one.streams == 2 ? (times++ ? 9.0 : 1.0) : 5.0;
    };
    expect("luck is found out", same(cuda::fastest(all, lucky), {1, 0}));
}

void check_measuring() {
    std::vector<double> left;
    const auto once = [&] {
        const double took = left.back();
        left.pop_back();
        return took;
    };
    left = {4, 2, 3};
    expect("the least counts", cuda::least_of(once, 3, 9) == 2 && left.empty());
    left = {1, 5};
    expect("a hopeless one is measured once", cuda::least_of(once, 2, 5) == 5 && left.size() == 1);
}

}  // namespace

int main() {
    check_arrangements();
    check_measuring();
    check_choice();
    if (wrong == 0) std::printf("the fastest arrangement is taken\n");
    return wrong;
}
