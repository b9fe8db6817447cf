// How the kernels divide channels, columns and filter positions into blocks for the registers.
#pragma once

#include <algorithm>

#include "wide.hpp"

namespace engine {

// Values in this many registers; tables have an entry for 0 registers, which means one value.
constexpr int values_in(int registers) { return std::max(1, registers * kWidest); }

// Splits `count` into blocks of nearly equal size, at most `most`: calls visit(first, size).
template <class Visit>
ENGINE_INLINE void in_blocks(int count, int most, Visit visit) {
    for (int first = 0, left = divide_up(count, most); left > 0; --left) {
        const int size = divide_up(count - first, left);
        visit(first, size);
        first += size;
    }
}

}  // namespace engine
