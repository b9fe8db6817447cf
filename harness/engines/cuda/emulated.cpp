#include "emulated.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <limits>
#include <new>
#include <numeric>
#include <stdexcept>

#include "../native/float_mode.hpp"

namespace engine::cuda {

namespace {

template <class Body>
void run(const void* given, Walk walk, int seeds, Order order) {
    const Body& body = *static_cast<const Body*>(given);
    each(order, seeds, [&](int n) {
        const int seed = walk.seed(n);
        each(order, body.planes,
             [&](int plane) { each(order, body.count, [&](int i) { body(seed, plane, i); }); });
    });
}

template <class Body>
void run_in_lanes(const void* given, Walk walk, int seeds, Order order) {
    const Body& body = *static_cast<const Body*>(given);
    each(order, seeds, [&](int n) {
        const int seed = walk.seed(n);
        each(order, body.count / kLanes, [&](int unit) {
            Two sum = {0, 0};
            for (int lane = 0; lane < kLanes; ++lane) {
                const Two own = body.lane_sums(seed, unit, lane);
                if (lane >= body.images_of(unit)) continue;
                sum.first += own.first;
                sum.second += own.second;
            }
            body.put(seed, unit, sum);
        });
    });
}

template <class Body>
void run_in_turns(const void* given, Walk walk, int seeds, Order order) {
    const Body& body = *static_cast<const Body*>(given);
    each(order, seeds, [&](int n) {
        const int seed = walk.seed(n);
        each(order, body.units * kLanes, [&](int i) {
            const int unit = i / kLanes, lane = i % kLanes;
            float sums[Body::kSums] = {};
            for (int turn = 0; turn < body.turns; ++turn) {
                float local[Body::kSums] = {};
                body.add_turn(seed, unit, turn, lane, local);
                for (int k = 0; k < Body::kSums; ++k) sums[k] = sums[k] + local[k];
            }
            for (int k = 0; k < Body::kSums; ++k) body.put(seed, unit, lane, k, sums[k]);
        });
    });
}

// Throws std::logic_error for a copy that a GPU cannot make.
void check_copy(const Staging& part, int room) {
    constexpr int kTogether = 4;  // floats
    const bool aligned = part.to % kTogether == 0 && part.count % kTogether == 0 &&
                         reinterpret_cast<uintptr_t>(part.from) % (kTogether * sizeof(float)) == 0;
    if (!aligned || part.to < 0 || part.count < 0 || part.to + part.count > room)
        throw std::logic_error("a stage is copied from or to a wrong place");
}

template <class Body>
void run_block_in_stages(const Body& body, int seed, int block, Order order) {
    std::vector<float> staged(body.half);
    struct Kept {
        typename Body::Sums sums;
    };
    std::vector<Kept> all(Body::kThreads, Kept{});
    const auto each_within = [&](auto visit) {
        each(order, Body::kThreads, [&](int thread) {
            const typename Body::Seat seat = body.seat(block, thread);
            if (seat.within) visit(thread, seat);
        });
    };
    for (int stage = 0; stage < body.stages; ++stage) {
        int floats = 0;
        for (int n = 0; n < body.staged_parts(); ++n) {
            const Staging part = body.staging(body.part_of(seed, block, n), stage);
            check_copy(part, body.half);
            std::copy_n(part.from, part.count, staged.begin() + part.to);
            floats += part.count;
        }
        // What a GPU's threads wait for.
        if (floats != body.staged_floats(body.part_of(seed, block, 0), stage))
            throw std::logic_error("a stage has another number of floats than it says");
        each_within([&](int thread, const typename Body::Seat& seat) {
            body.add_stage(seat, stage, staged.data(), all[thread].sums);
        });
    }
    each_within([&](int thread, const typename Body::Seat&) {
        body.put(seed, block, thread, all[thread].sums);
    });
}

template <class Body>
void run_in_stages(const void* given, Walk walk, int seeds, Order order) {
    const Body& body = *static_cast<const Body*>(given);
    each(order, seeds, [&](int n) {
        each(order, divide_up(body.planes * body.count, Body::kThreads),
             [&](int block) { run_block_in_stages(body, walk.seed(n), block, order); });
    });
}

template <class Body>
size_t threads(const void* given) {
    const Body& body = *static_cast<const Body*>(given);
    return size_t(body.planes) * body.count;
}

// What the type of a kernel says about it.
struct Known {
    void (*run)(const void* body, Walk walk, int seeds, Order order);
    size_t (*threads)(const void* body);
    size_t bytes;
};
#define KNOWN(how, ...) {&how<__VA_ARGS__>, &threads<__VA_ARGS__>, sizeof(__VA_ARGS__)},
#define KERNEL(name, ...) KNOWN(run, __VA_ARGS__)
#define IN_LANES(name, ...) KNOWN(run_in_lanes, __VA_ARGS__)
#define IN_TURNS(name, ...) KNOWN(run_in_turns, __VA_ARGS__)
#define IN_STAGES(name, ...) KNOWN(run_in_stages, __VA_ARGS__)
constexpr Known kKnown[] = {ENGINE_CUDA_KERNELS(KERNEL, IN_LANES, IN_TURNS, IN_STAGES)};
#undef KNOWN
#undef KERNEL
#undef IN_LANES
#undef IN_TURNS
#undef IN_STAGES

const Known& known(Kernel kernel) { return kKnown[static_cast<size_t>(kernel)]; }

}  // namespace

std::vector<void*> EmulatedDevice::take(const std::vector<Region>& regions) {
    constexpr size_t kAlign = 32;  // a value's eight lanes
    std::vector<void*> addresses;
    for (const Region& region : regions) {
        const size_t bytes = (region.bytes + kAlign - 1) / kAlign * kAlign;
        taken_.emplace_back(bytes ? std::aligned_alloc(kAlign, bytes) : nullptr);
        addresses.push_back(taken_.back().get());
        if (bytes && !addresses.back()) throw std::bad_alloc();
        if (bytes) std::memset(addresses.back(), 0, bytes);
    }
    return addresses;
}

void EmulatedDevice::run(const Launched& launched) {
    const OrdinaryFloatMode mode;
    for (const Launch& launch : launched) run_one(launch);
}

void EmulatedDevice::run_one(const Launch& launch) {
    const Known& kernel = known(launch.kernel);
    kernel.run(launch.body.data(), launch.walk, static_cast<int>(launch.seeds), either_order());
}

std::shared_ptr<const Recorded> EmulatedDevice::record(const std::vector<Launched>& streams) {
    return std::make_shared<Kept>(streams);
}

void EmulatedDevice::run(const Recorded& recorded, const Launched& beside) {
    const OrdinaryFloatMode mode;
    std::vector<Launched> streams = static_cast<const Kept&>(recorded).streams;
    streams.push_back(beside);
    std::vector<size_t> done(streams.size()), open(streams.size());
    std::iota(open.begin(), open.end(), size_t{0});
    while (!open.empty()) {
        const size_t turn = random_() % open.size(), stream = open[turn];
        if (done[stream] < streams[stream].size()) run_one(streams[stream][done[stream]++]);
        else open.erase(open.begin() + static_cast<std::ptrdiff_t>(turn));
    }
}

// One device after the other takes other kernels.
Room EmulatedDevice::next_room() {
    constexpr Room kRooms[] = {
        {1, 60000, 256}, {std::numeric_limits<int>::max(), 0, 0}, {1, 60000, 1}, {1, 231424, 1}};
    static std::atomic<unsigned> made{0};
    return kRooms[made++ % std::size(kRooms)];
}

size_t EmulatedDevice::free_bytes() const {
#ifdef _SC_AVPHYS_PAGES
    return size_t(sysconf(_SC_AVPHYS_PAGES)) * size_t(sysconf(_SC_PAGESIZE));
#else
    return size_t{1} << 32;
#endif
}

size_t kernel_count() { return sizeof kKnown / sizeof *kKnown; }
size_t body_bytes(Kernel kernel) { return known(kernel).bytes; }
size_t threads_of(Kernel kernel, const void* body) { return known(kernel).threads(body); }

}  // namespace engine::cuda
