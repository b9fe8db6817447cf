// The masks of dropout, for several steps at once: a step's generators run one draw after the
// other, but each step has its own seeds.
#pragma once

#include "../native/sfc64.hpp"
#include "views.cuh"

namespace engine::cuda {

constexpr int kMostDropouts = 64;  // blocks
constexpr int kGenerators = 8, kSeedWords = 3;

// Two of a seed's eight generators give one byte in four, through the masks of all blocks. The
// plane is the number of steps after the first. It may run while steps before them train.
struct DrawMasks {
    static constexpr int kThreads = 32, kBlocks = 1;
    static constexpr bool kBrief = true;
    const uint64_t* starts;  // [seed][step][generator][word]
    const Rule* rules;
    const Step* steps;  // of an epoch
    uint8_t* masks;     // [step % mask_places][seed][...]
    size_t masks_seed, masks_step;
    int mask_places, step_count, first_step;
    int parts, planes, count;                            // planes: steps; count: 4
    int first[kMostDropouts], positions[kMostDropouts];  // of each block with dropout; of a tile

    struct Generator {
        uint64_t a, b, c, counter;
        // Which of four lanes keep their values.
        DEVICE unsigned next(uint32_t limit) {
            const uint64_t word = next_words(a, b, c, counter);
            // Compares the upper halves of 32 bits, whatever the lower halves are.
            const uint32_t low = static_cast<uint32_t>(word);
            const uint32_t high = static_cast<uint32_t>(word >> 32);
            return unsigned(low << 16 >= limit) | unsigned(low >= limit) << 1 |
                   unsigned(high << 16 >= limit) << 2 | unsigned(high >= limit) << 3;
        }
    };

    DEVICE void operator()(int seed, int ahead, int pair) const {
        const int step = first_step + ahead;
        const uint64_t* from =
            starts + ((size_t(seed) * step_count + step) * kGenerators + 2 * pair) * kSeedWords;
        Generator lower = {from[0], from[1], from[2], 1}, upper = {from[3], from[4], from[5], 1};
        const uint32_t limit = rules[seed].dropout_threshold << 16;
        const int tiles = divide_up(steps[step].count, kLanes);
        uint8_t* all = masks + step % mask_places * masks_step + seed * masks_seed;
        for (int part = 0; part < parts; ++part) {
            uint8_t* to = all + first[part] + pair;
            for (int n = divide_up(tiles * positions[part], 4); n > 0; --n, to += 4) {
                const unsigned low = lower.next(limit);
                *to = static_cast<uint8_t>(low | upper.next(limit) << 4);
            }
        }
    }
};

}  // namespace engine::cuda
