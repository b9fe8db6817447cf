#include "launch_staged.hpp"

#include <algorithm>

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

template <class Body>
unsigned shared_bytes(const Body& body) {
    return kArrivalBytes + 2 * sizeof(float) * body.half;
}

// Throws std::logic_error for more parts of a stage than there are threads to copy them.
template <class Body>
void add_with_memory(Launched& launched, const Body& body, int seeds) {
    if (body.staged_parts() > Body::kThreads)
        throw std::logic_error("a stage has more parts than a block has threads");
    add(launched, body, seeds);
    launched.back().shared = shared_bytes(body);
}

// False: a stage has no room, or so few threads that another kernel is faster.
template <int O>
bool add_correlation(Launched& launched, CorrelateStaged<O> body, int tiles, const Room& room,
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
    add_with_memory(launched, body, seeds);
    return true;
}

// Puts the tiles of a block where they have room.
template <int CB>
void set_tiles(ConvolveStaged<CB>& body) {
    const Convolve<3, CB>& plain = body.plain;
    const int pairs = body.kThreads / 2, halves = divide_up(plain.height, 2);
    // The first of a block's pairs may be the last one of a tile, or of a row.
    const int most_tiles = divide_up(pairs - 1, plain.pairs) + 1;
    const int most_halves = divide_up(pairs - 1, plain.width) + 1;
    const int rows = 2 * std::min(most_halves, halves) + 2;
    body.tiles = std::min(most_tiles, divide_up(plain.count / 2, plain.pairs));
    body.tile = rows * plain.in.row;
    body.half = body.kWeights + body.tiles * body.tile;
}

}  // namespace

template <int CB>
bool add_staged(Launched& launched, const Convolve<3, CB>& plain, const Room& room, int seeds) {
    ConvolveStaged<CB> body{};
    body.plain = plain;
    body.stages = plain.inputs;
    body.planes = plain.planes;
    body.count = divide_up(plain.count, body.kThreads) * body.kThreads;
    set_tiles(body);
    const long long blocks = 1LL * body.planes * (body.count / body.kThreads) * seeds;
    if (plain.inputs < 2) return false;
    if (blocks < 1LL * body.kBlocks * room.processors) return false;
    // Of a processor's memory, one block alone has all but what the driver may keep, twice.
    const size_t all = room.shared_bytes + 2 * kOfDriver;
    if (body.kBlocks * (shared_bytes(body) + kOfDriver) > all) return false;
    add_with_memory(launched, body, seeds);
    return true;
}
template bool add_staged(Launched&, const Convolve<3, 8>&, const Room&, int);
template bool add_staged(Launched&, const Convolve<3, 10>&, const Room&, int);

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
        return add_correlation(launched, body, tiles, room_, group_.seeds);
    };
    return directly(CorrelateStaged<4>{}) || directly(CorrelateStaged<2>{});
}

}  // namespace engine::cuda
