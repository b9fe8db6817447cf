#include "random.hpp"

#include "sfc64.hpp"
#include "wide.hpp"

namespace engine {

namespace {

typedef uint16_t Sixteen __attribute__((vector_size(32)));

// Two bytes, the fates of two positions: 16 draws against the threshold.
ENGINE_INLINE uint32_t fates(Sixteen draws, uint16_t threshold) {
#if defined(ENGINE_AVX512)
    return _mm256_cmpge_epu16_mask((__m256i)draws,
                                   _mm256_set1_epi16(static_cast<short>(threshold)));
#elif defined(ENGINE_AVX2)
    const __m256i limit = _mm256_set1_epi16(static_cast<short>(threshold));
    const __m256i kept =
        _mm256_cmpeq_epi16(_mm256_max_epu16((__m256i)draws, limit), (__m256i)draws);
    const __m256i bytes = _mm256_permute4x64_epi64(_mm256_packs_epi16(kept, kept), 0xD8);
    return static_cast<uint32_t>(_mm256_movemask_epi8(bytes)) & 0xFFFF;
#else
    uint32_t bits = 0;
    for (int i = 0; i < 16; ++i) bits |= static_cast<uint32_t>(draws[i] >= threshold) << i;
    return bits;
#endif
}

}  // namespace

DropoutBits::DropoutBits(const uint64_t (&seed)[kGenerators][kSeedWords]) {
    for (int generator = 0; generator < kGenerators; ++generator) {
        const int half = generator / 4, lane = generator % 4;
        a_[half][lane] = seed[generator][0];
        b_[half][lane] = seed[generator][1];
        c_[half][lane] = seed[generator][2];
        counter_[half][lane] = 1;
    }
}

void DropoutBits::draw(uint8_t* kept, size_t count, uint32_t threshold) {
    for (size_t position = 0; position < count; position += 4) {
        uint32_t bits = 0;
        for (int half = 0; half < 2; ++half) {
            const Words word = next_words(a_[half], b_[half], c_[half], counter_[half]);
            bits |= fates((Sixteen)word, static_cast<uint16_t>(threshold)) << (16 * half);
        }
        for (int i = 0; i < 4; ++i) kept[position + i] = static_cast<uint8_t>(bits >> (8 * i));
    }
}

}  // namespace engine
