// Registers of one value, a Vec, or with AVX-512 of two that lie side by side in memory. What is
// independent from one value to the next goes through the widest registers there are, and each value
// is computed as it would be alone: the bits are the same.
#pragma once

#include <cstring>
#include <type_traits>

#include "vector.hpp"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define ENGINE_AVX512
#endif

namespace engine {

typedef float TwoVecs __attribute__((vector_size(64)));
typedef int32_t TwoMasks __attribute__((vector_size(64)));

#if defined(ENGINE_AVX512)
constexpr int kWidest = 2;
#else
constexpr int kWidest = 1;
#endif

// A register of `Width` values, and a mask for it.
template <int Width>
using Wide = std::conditional_t<Width == 1, Vec, TwoVecs>;
template <int Width>
using WideMask = std::conditional_t<Width == 1, Mask, TwoMasks>;

template <int Width>
ENGINE_INLINE Wide<Width> load(const Vec* from) {
    Wide<Width> x;
    std::memcpy(&x, from, sizeof x);
    return x;
}

template <class Values>
ENGINE_INLINE void store(Vec* to, Values x) {
    std::memcpy(to, &x, sizeof x);
}

// One number in all lanes; one value, or mask, as often as the register holds one; values from as
// many places, the i-th of each.
template <int Width>
Wide<Width> broadcast(float x);
template <int Width>
Wide<Width> repeat(Vec x);
template <int Width>
WideMask<Width> repeat(Mask mask);
template <int Width>
Wide<Width> gather(const Vec* const* from, ptrdiff_t i);

template <>
ENGINE_INLINE Vec broadcast<1>(float x) { return broadcast(x); }
template <>
ENGINE_INLINE Vec repeat<1>(Vec x) { return x; }
template <>
ENGINE_INLINE Mask repeat<1>(Mask mask) { return mask; }
template <>
ENGINE_INLINE Vec gather<1>(const Vec* const* from, ptrdiff_t i) { return from[0][i]; }

// The sum of a register's values.
ENGINE_INLINE Vec fold(Vec x) { return x; }

// x in the lanes whose bits are set, else 0: a byte a value. Three bytes beyond them may be read.
ENGINE_INLINE Vec keep_bits(Vec x, const uint8_t* bits) {
#if defined(ENGINE_AVX512)
    return (Vec)_mm256_maskz_mov_ps(*bits, (__m256)x);
#else
    int32_t four;  // a single instruction brings them to all lanes
    std::memcpy(&four, bits, sizeof four);
    return keep(x, mask_of_bits(four));
#endif
}

#if defined(ENGINE_AVX512)

template <>
ENGINE_INLINE TwoVecs broadcast<2>(float x) { return (TwoVecs)_mm512_set1_ps(x); }
template <>
ENGINE_INLINE TwoVecs repeat<2>(Vec x) { return (TwoVecs)_mm512_broadcast_f32x8((__m256)x); }
template <>
ENGINE_INLINE TwoMasks repeat<2>(Mask mask) { return (TwoMasks)repeat<2>((Vec)mask); }
template <>
ENGINE_INLINE TwoVecs gather<2>(const Vec* const* from, ptrdiff_t i) {
    return (TwoVecs)_mm512_insertf32x8(_mm512_castps256_ps512((__m256)from[0][i]), (__m256)from[1][i], 1);
}

ENGINE_INLINE TwoVecs fma(TwoVecs a, TwoVecs b, TwoVecs c) {
    return (TwoVecs)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
ENGINE_INLINE TwoVecs relu(TwoVecs x) { return (TwoVecs)_mm512_max_ps(_mm512_setzero_ps(), (__m512)x); }
ENGINE_INLINE TwoVecs keep(TwoVecs x, TwoMasks mask) { return (TwoVecs)((TwoMasks)x & mask); }
ENGINE_INLINE TwoVecs keep_bits(TwoVecs x, const uint8_t* bits) {
    uint16_t both;
    std::memcpy(&both, bits, sizeof both);
    return (TwoVecs)_mm512_maskz_mov_ps(both, (__m512)x);
}
ENGINE_INLINE Vec fold(TwoVecs x) {
    return (Vec)_mm512_castps512_ps256((__m512)x) + (Vec)_mm512_extractf32x8_ps((__m512)x, 1);
}

#endif

}  // namespace engine
