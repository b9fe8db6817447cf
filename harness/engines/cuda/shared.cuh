// Memory that a block's threads share, to which values of the device's memory are copied while the
// threads compute.
#pragma once

#include "kernels.cuh"

// Its bytes are as many as a launch says.
#ifndef SHARED
#define SHARED(name) extern __shared__ __align__(128) unsigned char name[]
#endif

namespace engine::cuda {

#if __CUDA_ARCH__ >= 900

// That all bytes have arrived which are expected. The copies are made by the processor's copy
// engine, and any thread may start one.
class Arrival {
public:
    DEVICE void begin() {
        asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(address(&state_)) : "memory");
        asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    }
    // By one thread. They may arrive before.
    DEVICE void expect(unsigned bytes) {
        asm volatile(
            "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(address(&state_)),
            "r"(bytes)
            : "memory");
    }
    DEVICE void copy(float* to, const float* from, unsigned bytes) {
        asm volatile(
            "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
            "[%0], [%1], %2, [%3];" ::"r"(address(to)),
            "l"(__cvta_generic_to_global(from)), "r"(bytes), "r"(address(&state_))
            : "memory");
    }
    // For the time with that number, by all threads.
    DEVICE void wait(int time) const {
        unsigned arrived = 0;
        while (!arrived)
            asm volatile(
                "{ .reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;"
                " selp.u32 %0, 1, 0, p; }"
                : "=r"(arrived)
                : "r"(address(&state_)), "r"(time & 1)
                : "memory");
    }

private:
    static DEVICE unsigned address(const void* place) {
        return static_cast<unsigned>(__cvta_generic_to_shared(place));
    }
    uint64_t state_;
};

// Starts to copy a stage, of which each thread copies its part.
template <class Body>
DEVICE void copy_stage(const Body& body, int, const typename Body::Part& part, int stage, float* to,
                       Arrival& arrival) {
    if (threadIdx.x == 0) arrival.expect(body.staged_floats(part, stage) * sizeof(float));
    if (int(threadIdx.x) >= body.staged_parts()) return;
    const Staging own = body.staging(part, stage);
    if (own.count) arrival.copy(to + own.to, own.from, own.count * sizeof(float));
}

#else

// The threads make the copies, and wait for each other.
class Arrival {
public:
    DEVICE void begin() {}
    DEVICE void wait(int) const { __syncthreads(); }

private:
    uint64_t state_;
};

template <class Body>
DEVICE void copy_stage(const Body& body, int seed, const typename Body::Part&, int stage, float* to,
                       Arrival&) {
    for (int n = 0; n < body.staged_parts(); ++n) {
        const Staging part = body.staging(body.part_of(seed, blockIdx.x, n), stage);
        for (int i = 4 * threadIdx.x; i < part.count; i += 4 * blockDim.x)
            store4(to + part.to + i, load4(part.from + i));
    }
}

#endif

}  // namespace engine::cuda
