// Sums over positions, lane by lane. Much of an image is a flat background, where rounding errors
// do not cancel: so only a few values are added up in float, and their sums in double.
#pragma once

#include "wide.hpp"

namespace engine {

template <int Width>
struct SumsOf {
    static constexpr int kWidth = Width;
    Wide<Width> first{}, second{};

    ENGINE_INLINE void add(const SumsOf& others) {
        first += others.first;
        second += others.second;
    }
    // The sums of a register's values, one after the other.
    template <int Others>
    ENGINE_INLINE void add_each(const SumsOf<Others>& others) {
        static_assert(Width == 1);
        if constexpr (Others == 1) {
            add(others);
        } else {
            add({lower(others.first), lower(others.second)});
            add({upper(others.first), upper(others.second)});
        }
    }
    ENGINE_INLINE SumsOf<1> folded() const {
        if constexpr (Width == 1) return *this;
        else return {lower(first) + upper(first), lower(second) + upper(second)};
    }
};
using Sums = SumsOf<1>;

struct LaneSums {
    DoubleVec first{}, second{};
    ENGINE_INLINE void add(const Sums& few) {
        first += widened(few.first);
        second += widened(few.second);
    }
};

// Sums over everything.
struct Moments {
    double first = 0, second = 0;
    // Adds the first `images` lanes, those of real images.
    void add(const LaneSums& sums, int images) {
        first += sum_lanes(sums.first, images);
        second += sum_lanes(sums.second, images);
    }
};

// Calls visit(i, few) for i from `first` up to `last`, and adds up what it adds to `few`, portion
// by portion.
template <class Visit>
ENGINE_INLINE void in_portions(int first, int last, LaneSums& sums, Visit visit) {
    LaneSums total = sums;
    int i = first;
    for (; i + kPortion <= last; i += kPortion) {
        // Several chains, so that additions need not wait for one another.
        SumsOf<kWidest> few[kChains / kWidest];
        ENGINE_UNROLL
        for (int k = 0; k < kPortion / kWidest; ++k)
            visit(i + k * kWidest, few[k % (kChains / kWidest)]);
        if constexpr (kWidest == 1) {
            few[0].add(few[2]);
            few[1].add(few[3]);
        }
        few[0].add(few[1]);
        total.add(few[0].folded());
    }
    Sums few;
    for (; i < last; ++i) visit(i, few);
    total.add(few);
    sums = total;
}

}  // namespace engine
