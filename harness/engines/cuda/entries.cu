// What NVRTC compiles: an entry for each kernel. A block's threads are neighbours in a seed's
// planes one after another; seeds are the grid's second dimension.
#include "kernels.cuh"

namespace engine::cuda {

template <class Body>
DEVICE void run(const Body& body) {
    const unsigned place = blockIdx.x * blockDim.x + threadIdx.x, each = body.count;
    const unsigned plane = place / each;
    if (plane < unsigned(body.planes)) body(blockIdx.y, plane, place - plane * each);
}

// Eight threads side by side are the lanes of a unit.
template <class Body>
DEVICE void run_in_lanes(const Body& body) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x, seed = blockIdx.y;
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

#define ENTRY(how, name, ...)                                                                 \
    extern "C" __global__ void __launch_bounds__(__VA_ARGS__::kThreads, __VA_ARGS__::kBlocks) \
        name(const __grid_constant__ __VA_ARGS__ body) {                                      \
        how(body);                                                                            \
    }
#define KERNEL(name, ...) ENTRY(run, name, __VA_ARGS__)
#define IN_LANES(name, ...) ENTRY(run_in_lanes, name, __VA_ARGS__)
ENGINE_CUDA_KERNELS(KERNEL, IN_LANES)

}  // namespace engine::cuda
