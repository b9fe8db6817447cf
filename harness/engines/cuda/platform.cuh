// One source for two compilers: NVRTC for the GPU, and g++ with loops instead of threads, so that
// bits can be compared with the native engine's without a GPU.
//
// NVRTC compiles functions without a qualifier for the device (-default-device), so that the
// headers of ../native that have no vectors in them serve both.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../native/order_of_sums.hpp"

#ifdef __CUDACC__
#define DEVICE __device__ __forceinline__
#define UNROLLED _Pragma("unroll")
#define ONE_BY_ONE _Pragma("unroll 1")
#else
#define DEVICE inline __attribute__((always_inline))
#define UNROLLED _Pragma("GCC unroll 16")
#define ONE_BY_ONE
struct alignas(16) float4 {
    float x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
#endif

namespace engine::cuda {

// Reads memory that no thread of the kernel writes.
template <class T>
DEVICE T load(const T* from) {
#ifdef __CUDACC__
    return __ldg(from);
#else
    return *from;
#endif
}
DEVICE float4 load4(const float* from) { return load(reinterpret_cast<const float4*>(from)); }
DEVICE void store4(float* to, float4 x) { *reinterpret_cast<float4*>(to) = x; }

// Where a kernel's threads read: the device's memory, or memory that a block shares.
struct FromDevice {
    static DEVICE float at(const float* place) { return load(place); }
    static DEVICE float4 four(const float* place) { return load4(place); }
};
struct FromShared {
    static DEVICE float at(const float* place) { return *place; }
    static DEVICE float4 four(const float* place) {
        return *reinterpret_cast<const float4*>(place);
    }
};

// a * b + c, rounded once; nothing else is ever fused.
DEVICE float fused(float a, float b, float c) {
#ifdef __CUDACC__
    return __fmaf_rn(a, b, c);
#else
    return __builtin_fmaf(a, b, c);
#endif
}
DEVICE float4 fused4(float a, float4 b, float4 c) {
    return make_float4(fused(a, b.x, c.x), fused(a, b.y, c.y), fused(a, b.z, c.z),
                       fused(a, b.w, c.w));
}

// Like the native engine's `larger` and `relu`, also for NaN.
DEVICE float larger(float a, float b) { return a > b ? a : b; }
DEVICE float4 larger4(float4 a, float4 b) {
    return make_float4(larger(a.x, b.x), larger(a.y, b.y), larger(a.z, b.z), larger(a.w, b.w));
}
DEVICE float rectified(float x) { return larger(0.0f, x); }
DEVICE float4 rectified4(float4 v) {
    return make_float4(rectified(v.x), rectified(v.y), rectified(v.z), rectified(v.w));
}

// Calls add(make(n)) for n from 0 up to `count`, in order, where `Together` are made, that is read
// from memory, before the first of them is added.
template <int Together, class Make, class Add>
DEVICE void in_order(int count, Make make, Add add) {
    for (int first = 0; first < count; first += Together) {
        const int left = count - first;
        decltype(make(0)) made[Together];
        UNROLLED for (int k = 0; k < Together; ++k) made[k] = make(k < left ? first + k : first);
        UNROLLED for (int k = 0; k < Together; ++k) if (k < left) add(made[k]);
    }
}

DEVICE bool bit(unsigned bits, int lane) { return bits >> lane & 1; }

}  // namespace engine::cuda
