// Registers that hold one value, a Vec with eight lanes, or two values with AVX-512. Work that is
// independent from one value to the next uses the widest registers there are. Each value is
// computed as it would be alone, so the bits are the same.
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

// Defined only if registers hold two values.
TwoVecs beside(Vec a, Vec b);
Vec lower(TwoVecs x);
Vec upper(TwoVecs x);

// Loads and stores values. In memory, the two values of a wide register are `Apart` from each
// other.
template <int Width, int Apart = 1>
ENGINE_INLINE Wide<Width> load(const Vec* from) {
    if constexpr (Width > 1 && Apart > 1) {
        return beside(from[0], from[Apart]);
    } else {
        Wide<Width> x;
        std::memcpy(&x, from, sizeof x);
        return x;
    }
}

template <int Apart = 1, class Values>
ENGINE_INLINE void store(Vec* to, Values x) {
    if constexpr (Apart > 1 && sizeof x > sizeof *to) {
        to[0] = lower(x);
        to[Apart] = upper(x);
    } else {
        std::memcpy(to, &x, sizeof x);
    }
}

// The i-th values from as many places.
template <int Width>
ENGINE_INLINE Wide<Width> gather(const Vec* const* from, int i) {
    if constexpr (Width == 1) return from[0][i];
    else return beside(from[0][i], from[1][i]);
}

// One number in all lanes; one value or mask repeated to fill a register.
template <int Width>
Wide<Width> broadcast(float x);
template <int Width>
Wide<Width> repeat(Vec x);
template <int Width>
ENGINE_INLINE WideMask<Width> repeat(Mask mask) {
    return (WideMask<Width>)repeat<Width>((Vec)mask);
}

template <>
ENGINE_INLINE Vec broadcast<1>(float x) {
    return broadcast(x);
}
template <>
ENGINE_INLINE Vec repeat<1>(Vec x) {
    return x;
}

// The bits of a register's values, one byte each, with the second value's above the first's; higher
// bits are ignored. Three bytes beyond the last may be read.
template <int Width, int Apart = 1>
ENGINE_INLINE int32_t load_bits(const uint8_t* from) {
    if constexpr (Width > 1) return from[0] | from[Apart] << kLanes;
    int32_t four;  // one instruction broadcasts these four bytes to all lanes
    std::memcpy(&four, from, sizeof four);
    return four;
}

// x in the lanes whose bits are set, else 0.
ENGINE_INLINE Vec keep_bits(Vec x, int32_t bits) {
#if defined(ENGINE_AVX512)
    return (Vec)_mm256_maskz_mov_ps(static_cast<__mmask8>(bits), (__m256)x);
#else
    return keep(x, mask_of_bits(bits));
#endif
}

#if defined(ENGINE_AVX512)

// A masked load, because an insertion would occupy one of the execution units that multiply.
ENGINE_INLINE TwoVecs beside(Vec a, Vec b) {
    return (TwoVecs)_mm512_mask_broadcast_f32x8(_mm512_castps256_ps512((__m256)a), 0xFF00,
                                                (__m256)b);
}
ENGINE_INLINE Vec lower(TwoVecs x) { return (Vec)_mm512_castps512_ps256((__m512)x); }
ENGINE_INLINE Vec upper(TwoVecs x) { return (Vec)_mm512_extractf32x8_ps((__m512)x, 1); }
template <>
ENGINE_INLINE TwoVecs broadcast<2>(float x) {
    return (TwoVecs)_mm512_set1_ps(x);
}
template <>
ENGINE_INLINE TwoVecs repeat<2>(Vec x) {
    return (TwoVecs)_mm512_broadcast_f32x8((__m256)x);
}

ENGINE_INLINE TwoVecs fma(TwoVecs a, TwoVecs b, TwoVecs c) {
    return (TwoVecs)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
ENGINE_INLINE TwoVecs larger(TwoVecs a, TwoVecs b) {
    return (TwoVecs)_mm512_max_ps((__m512)a, (__m512)b);
}
ENGINE_INLINE TwoVecs relu(TwoVecs x) { return larger(TwoVecs{}, x); }
ENGINE_INLINE TwoVecs keep(TwoVecs x, TwoMasks mask) { return (TwoVecs)((TwoMasks)x & mask); }
ENGINE_INLINE TwoVecs keep_bits(TwoVecs x, int32_t bits) {
    return (TwoVecs)_mm512_maskz_mov_ps(static_cast<__mmask16>(bits), (__m512)x);
}

#endif

}  // namespace engine
