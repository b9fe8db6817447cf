// The draws of dropout: eight SFC64 generators side by side (Doty-Humphrey, PractRand).
//
// A round gives eight 64-bit words, which are 32 draws of 16 bits: the fates of four positions in
// eight images each. Each training step has new seeds, which come from outside.
#pragma once

#include <cstddef>
#include <cstdint>

namespace engine {

class DropoutBits {
public:
    static constexpr int kGenerators = 8, kSeedWords = 3;

    explicit DropoutBits(const uint64_t (&seed)[kGenerators][kSeedWords]);

    // One byte per position: bit i is set if image i keeps its value, which it does if its draw is
    // at least `threshold` of 65,536. Writes whole rounds: `count` bytes, rounded up to a multiple
    // of 4.
    void draw(uint8_t* kept, size_t count, uint32_t threshold);

private:
    typedef uint64_t Words __attribute__((vector_size(32)));
    Words a_[2], b_[2], c_[2], counter_[2];
};

}  // namespace engine
