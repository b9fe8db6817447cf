#include "arrangement.hpp"

#include <algorithm>

namespace engine::cuda {

namespace {

struct Range {
    int first, last;  // seeds; `last` is the one behind the range
    int count() const { return last - first; }
    Range part(int number, int of) const {
        return {first + count() * number / of, first + count() * (number + 1) / of};
    }
};

// A kernel begins with the seed with which the one before it ends, since the memory that was
// touched last is still in the device's cache. Brief kernels in between leave it there.
Walk next_walk(const Launched& launched, const Launch& next, Range seeds) {
    const int before = launched.empty() ? -1 : launched.back().walk.step;
    const int step = next.brief ? before : -before;
    return step > 0 ? Walk{seeds.first, 1} : Walk{seeds.last - 1, -1};
}

// In how many rounds the seeds go through a kernel: a power of two, so that blocks of about the
// same size have the same number, and a round goes through all of them.
int rounds_of(const Launch& launch, int seeds, size_t cache) {
    int rounds = 1;
    while (cache && 2 * rounds <= seeds && divide_up(seeds, rounds) * launch.bytes > cache)
        rounds *= 2;
    return rounds;
}

// The next rounds begin with the seeds of the last one, for the same reason as in `next_walk`.
Launched of_stream(const Launched& launched, Range seeds, size_t cache) {
    const auto rounds_at = [&](size_t i) { return rounds_of(launched[i], seeds.count(), cache); };
    Launched result;
    bool upwards = true;
    for (size_t begin = 0, end = 0; begin < launched.size(); begin = end) {
        const int rounds = rounds_at(begin);
        while (end < launched.size() && rounds_at(end) == rounds) ++end;
        for (int n = 0; n < rounds; ++n) {
            const Range some = seeds.part(upwards ? n : rounds - 1 - n, rounds);
            for (size_t i = begin; i < end; ++i) {
                Launch launch = launched[i];
                launch.seeds = static_cast<unsigned>(some.count());
                launch.walk = next_walk(result, launch, some);
                result.push_back(std::move(launch));
            }
        }
        if (rounds > 1) upwards = !upwards;
    }
    return result;
}

}  // namespace

std::vector<Launched> arranged(const Launched& launched, int seeds, Arrangement arrangement) {
    const int streams = std::min(arrangement.streams, seeds);
    std::vector<Launched> result;
    for (int stream = 0; stream < streams; ++stream)
        result.push_back(of_stream(launched, Range{0, seeds}.part(stream, streams),
                                   arrangement.cache / streams));
    return result;
}

size_t launches_of(const std::vector<Launched>& streams) {
    size_t count = 0;
    for (const Launched& launched : streams) count += launched.size();
    return count;
}

}  // namespace engine::cuda
