// Eight floats side by side: one value for each of eight images, the unit of all arithmetic here.
//
// Every operation rounds as in IEEE 754, and multiply-add is fused only where the code says `fma`
// (the compiler is told not to contract), so that every processor gives the same bits.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstdint>

#include "order_of_sums.hpp"

#if defined(__AVX2__) && defined(__FMA__)
#define ENGINE_AVX2
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#else
#error "x86-64 with AVX2 and FMA, or aarch64, is needed"
#endif
#if defined(__FAST_MATH__) || FLT_EVAL_METHOD != 0 || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "bits would depend on the compiler or the processor"
#endif

namespace engine {

typedef float Vec __attribute__((vector_size(32)));
typedef int32_t Mask __attribute__((vector_size(32)));
typedef double FourDoubles __attribute__((vector_size(32)));

#define ENGINE_INLINE inline __attribute__((always_inline))
#define ENGINE_INLINE_LAMBDA __attribute__((always_inline))
// Before a loop of a few rounds, whose number the compiler knows: unrolls it.
#define ENGINE_UNROLL _Pragma("GCC unroll 16")
// Before a loop of more rounds: unrolls four of them.
#define ENGINE_UNROLL_BY_4 _Pragma("GCC unroll 4")

ENGINE_INLINE Vec broadcast(float x) { return Vec{x, x, x, x, x, x, x, x}; }

// a * b + c, rounded once.
ENGINE_INLINE Vec fma(Vec a, Vec b, Vec c) {
#if defined(ENGINE_AVX2)
    return (Vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    union Halves {
        Vec whole;
        float32x4_t half[2];
    };
    Halves x{a}, y{b}, sum{c};
    sum.half[0] = vfmaq_f32(sum.half[0], x.half[0], y.half[0]);
    sum.half[1] = vfmaq_f32(sum.half[1], x.half[1], y.half[1]);
    return sum.whole;
#endif
}

// a if it is larger than b, else b; b also if either is NaN. One AVX instruction.
ENGINE_INLINE Vec larger(Vec a, Vec b) {
#if defined(ENGINE_AVX2)
    return (Vec)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return a > b ? a : b;
#endif
}

// max(0, x); NaN stays NaN.
ENGINE_INLINE Vec relu(Vec x) { return larger(Vec{}, x); }

// x in the lanes whose mask is set, else 0.
ENGINE_INLINE Vec keep(Vec x, Mask mask) { return (Vec)((Mask)x & mask); }

// Lane i is set if bit i is; higher bits are ignored.
ENGINE_INLINE Mask mask_of_bits(int32_t bits) {
    const Mask each = {1, 2, 4, 8, 16, 32, 64, 128};
    return (Mask{bits, bits, bits, bits, bits, bits, bits, bits} & each) == each;
}

// Eight doubles, in the halves that AVX2 has registers for.
struct DoubleVec {
    FourDoubles half[2];
    double operator[](int lane) const { return half[lane / 4][lane % 4]; }
    ENGINE_INLINE DoubleVec& operator+=(const DoubleVec& other) {
        half[0] += other.half[0];
        half[1] += other.half[1];
        return *this;
    }
};

ENGINE_INLINE DoubleVec widened(Vec x) {
    return {{FourDoubles{x[0], x[1], x[2], x[3]}, FourDoubles{x[4], x[5], x[6], x[7]}}};
}

// The sum of the first `lanes` lanes, in a fixed order.
ENGINE_INLINE double sum_lanes(const DoubleVec& x, int lanes = kLanes) {
    double sum = 0;
    for (int lane = 0; lane < lanes; ++lane) sum += x[lane];
    return sum;
}

}  // namespace engine
