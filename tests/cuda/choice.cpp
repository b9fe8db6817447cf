// Which numbers of streams are tried, and which of them is taken, at given speeds.
#include <cstdio>

#include "fastest.hpp"

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

}  // namespace

int main() {
    check_numbers();
    check_choice();
    if (wrong == 0) std::printf("the fastest number of streams is taken\n");
    return wrong;
}
