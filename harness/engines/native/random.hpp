// The draws of dropout: eight SFC64 generators side by side (Doty-Humphrey, PractRand).
//
// A round gives eight 64-bit words, which are 32 draws of 16 bits: the fates of four positions in
// eight images each. Seeds come from outside, anew for each training step.
#pragma once

#include <cstddef>
#include <cstdint>

namespace engine {

class DropoutBits {
public:
    static constexpr int kGenerators = 8, kSeedWords = 3;

    explicit DropoutBits(const uint64_t (&seed)[kGenerators][kSeedWords]);

    // One byte a position: bit i is set where image i keeps its value, that is where its draw is at
    // least `threshold` of 65,536. Writes whole rounds, to `count` rounded up to 4.
    void draw(uint8_t* kept, size_t count, uint32_t threshold);

private:
    typedef uint64_t Words __attribute__((vector_size(32)));
    Words a_[2], b_[2], c_[2], counter_[2];
};

}  // namespace engine
