// What NVRTC compiles: an entry point per kernel. A block's threads are neighbours in a seed's
// planes, one plane after another; the grid's second dimension walks through the seeds.
#include "shared.cuh"

namespace engine::cuda {

template <class Body>
DEVICE void run(const Body& body, int seed) {
    const unsigned place = blockIdx.x * blockDim.x + threadIdx.x, each = body.count;
    const unsigned plane = place / each;
    if (plane < unsigned(body.planes)) body(seed, plane, place - plane * each);
}

// Eight threads side by side are the lanes of a unit.
template <class Body>
DEVICE void run_in_lanes(const Body& body, int seed) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const bool within = i < body.count;
    const int lane = i & 7, unit = i >> 3;
    Two own = {0, 0}, sum = {0, 0};
    if (within) own = body.lane_sums(seed, unit, lane);
    const int images = within ? body.images_of(unit) : 0;
    UNROLLED for (int k = 0; k < kLanes; ++k) {
        const double first = __shfl_sync(0xFFFFFFFFu, own.first, k, kLanes);
        const double second = __shfl_sync(0xFFFFFFFFu, own.second, k, kLanes);
        if (k < images) {
            sum.first += first;
            sum.second += second;
        }
    }
    if (within && lane == 0) body.put(seed, unit, sum);
}

// A warp makes the sums of one turn, in all lanes of some units; the next warp makes those of the
// next turn. Each thread then adds up some of the sums that all warps have made, turn after turn.
template <class Body>
DEVICE void run_in_turns(const Body& body, int seed) {
    constexpr int kSeats = Body::kUnits * kLanes, kTurns = Body::kTurns, kSums = Body::kSums;
    constexpr int kOwn = divide_up(kSums, kTurns);
    __shared__ float made[kTurns][kSums][kSeats];
    const int seat = threadIdx.x % kSeats, own = threadIdx.x / kSeats;
    const int unit = blockIdx.x * Body::kUnits + seat / kLanes, lane = seat % kLanes;
    const bool within = unit < body.units;
    float sums[kOwn] = {};
    for (int first = 0; first < body.turns; first += kTurns) {
        if (within && first + own < body.turns) {
            float local[kSums] = {};
            body.add_turn(seed, unit, first + own, lane, local);
            UNROLLED for (int k = 0; k < kSums; ++k) made[own][k][seat] = local[k];
        }
        __syncthreads();
        const int left = body.turns - first;
        UNROLLED for (int turn = 0; turn < kTurns; ++turn) {
            if (turn >= left || !within) continue;
            UNROLLED for (int n = 0; n < kOwn; ++n) if (n * kTurns + own < kSums) sums[n] =
                sums[n] + made[turn][n * kTurns + own][seat];
        }
        __syncthreads();
    }
    UNROLLED for (int n = 0; n < kOwn; ++n) if (within && n * kTurns + own < kSums)
        body.put(seed, unit, lane, n * kTurns + own, sums[n]);
}

// While a block's threads add up a stage, the next one is copied to the other half of the memory
// that they share.
template <class Body>
DEVICE void run_in_stages(const Body& body, int seed) {
    SHARED(shared);
    Arrival* arrivals = reinterpret_cast<Arrival*>(shared);
    float* halves = reinterpret_cast<float*>(shared + kArrivalBytes);
    const auto half = [&](int n) { return halves + n % 2 * body.half; };
    if (threadIdx.x < 2) arrivals[threadIdx.x].begin();
    __syncthreads();
    const typename Body::Seat seat = body.seat(blockIdx.x, threadIdx.x);
    typename Body::Part part{};
    if (int(threadIdx.x) < body.staged_parts()) part = body.part_of(seed, blockIdx.x, threadIdx.x);
    const auto copy = [&](int n) { copy_stage(body, seed, part, n, half(n), arrivals[n % 2]); };
    typename Body::Sums sums;
    Body::clear(sums);
    copy(0);
    ONE_BY_ONE for (int n = 0; n < body.stages; ++n) {
        if (n + 1 < body.stages) copy(n + 1);
        arrivals[n % 2].wait(n / 2);
        if (seat.within) body.add_stage(seat, n, half(n), sums);
        __syncthreads();
    }
    if (seat.within) body.put(seed, blockIdx.x, threadIdx.x, sums);
}

#define ENTRY(how, name, ...)                                                                 \
    extern "C" __global__ void __launch_bounds__(__VA_ARGS__::kThreads, __VA_ARGS__::kBlocks) \
        name(const __grid_constant__ __VA_ARGS__ body, const __grid_constant__ Walk walk) {   \
        how(body, walk.seed(blockIdx.y));                                                     \
    }
#define KERNEL(name, ...) ENTRY(run, name, __VA_ARGS__)
#define IN_LANES(name, ...) ENTRY(run_in_lanes, name, __VA_ARGS__)
#define IN_TURNS(name, ...) ENTRY(run_in_turns, name, __VA_ARGS__)
#define IN_STAGES(name, ...) ENTRY(run_in_stages, name, __VA_ARGS__)
ENGINE_CUDA_KERNELS(KERNEL, IN_LANES, IN_TURNS, IN_STAGES)

}  // namespace engine::cuda
