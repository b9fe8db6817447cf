#include "in_streams.hpp"

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

Launched of_stream(const Launched& launched, Range seeds) {
    Launched result;
    for (Launch launch : launched) {
        launch.seeds = static_cast<unsigned>(seeds.count());
        launch.walk = next_walk(result, launch, seeds);
        result.push_back(std::move(launch));
    }
    return result;
}

}  // namespace

std::vector<Launched> in_streams(const Launched& launched, int seeds, int streams) {
    const int number = std::min(streams, seeds);
    std::vector<Launched> result;
    for (int stream = 0; stream < number; ++stream)
        result.push_back(of_stream(launched, Range{0, seeds}.part(stream, number)));
    return result;
}

}  // namespace engine::cuda
