#include <algorithm>

#include "launch.hpp"

namespace engine::cuda {

namespace {

// Of so many portions, one after the other.
int most_rows(const Portions& portions, int together) {
    int most = 0;
    for (int p = 0; p + together <= portions.count; ++p)
        most = std::max(most, portions.first[p + together] - portions.first[p]);
    return most;
}

// Consecutive planes are in different banks of the memory.
int plane_of(int floats) { return (floats / kLanes | 1) * kLanes; }

// Puts planes where a stage of so many portions has room for them.
template <int O>
void set_stages(CorrelateStaged<O>& body, int tiles, int together) {
    const int rows = most_rows(body.portions, together);
    body.together = together;
    body.stages_each = divide_up(body.portions.count, together);
    body.stages = tiles * body.stages_each;
    body.in_plane = plane_of((rows + 2) * body.in.row);
    body.gradient_plane = plane_of(rows * body.gradient.row);
    body.half = body.inputs * body.in_plane + body.outputs * body.gradient_plane;
}

template <int O>
unsigned shared_bytes(const CorrelateStaged<O>& body) {
    return kArrivalBytes + 2 * sizeof(float) * body.half;
}

// False: a stage has no room, or so few threads that another kernel is faster.
template <int O>
bool add_staged(Launched& launched, CorrelateStaged<O> body, int tiles, const Room& room,
                int seeds) {
    body.units = body.inputs * divide_up(body.outputs, O);
    body.planes = 1;
    body.count = body.units * kLanes;
    if (body.count > CorrelateStaged<O>::kThreads || body.count < room.fewest_threads) return false;
    int together = body.portions.count;
    for (set_stages(body, tiles, together); shared_bytes(body) > room.shared_bytes;
         set_stages(body, tiles, together))
        if (--together == 0) return false;
    // As many portions in each stage, as far as possible.
    set_stages(body, tiles, divide_up(body.portions.count, body.stages_each));
    add(launched, body, seeds);
    launched.back().shared = shared_bytes(body);
    return true;
}

}  // namespace

bool Launches::correlate_staged(Launched& launched, const BlockMemory& block, int tiles) const {
    if (group_.seeds < room_.processors / 5 * 2) return false;
    const auto directly = [&](auto body) {
        body.gradient = within(block.convolution_gradient_data, block.convolution_gradient);
        body.in = planes(block.in_data, block.in);
        body.outputs = block.layout.spec().channels;
        body.inputs = block.layout.filters().inputs;
        body.width = block.layout.convolved().width;
        body.portions = block.portions;
        body.lane_sums = at<float>(memory_.lane_sums) + size_t(block.first_filter) * kLanes;
        body.sums_seed = size_t(memory_.filters()) * kLanes;
        return add_staged(launched, body, tiles, room_, group_.seeds);
    };
    return directly(CorrelateStaged<4>{}) || directly(CorrelateStaged<2>{});
}

}  // namespace engine::cuda
