// Memory that will be needed soon. While the kernels multiply, they fetch a little of it at a time,
// so that it is in the second-level cache when it is needed. This affects no result.
#pragma once

#include <vector>

#include "wide.hpp"

namespace engine {

class Ahead {
public:
    void clear() {
        ranges_.clear();
        next_ = 0;
        at_ = end_ = nullptr;
    }
    void add(const Vec* first, int count) { ranges_.push_back({first, first + count}); }

    // Fetches a few cache lines. Called once for each register block.
    ENGINE_INLINE void fetch() {
        for (int line = 0; line < kLinesAtATime; ++line) {
            if (at_ >= end_ && !begin_next_range()) return;
            __builtin_prefetch(at_, 0, kSecondLevel);
            at_ += kVecsInLine;
        }
    }

private:
    // With wider registers, register blocks are fewer and larger.
    static constexpr int kLinesAtATime = kWidest > 1 ? 32 : 8, kVecsInLine = 2, kSecondLevel = 2;
    struct Range {
        const Vec *first, *last;
    };

    bool begin_next_range() {
        if (next_ == ranges_.size()) return false;
        at_ = ranges_[next_].first;
        end_ = ranges_[next_++].last;
        return true;
    }

    std::vector<Range> ranges_;
    size_t next_ = 0;
    const Vec *at_ = nullptr, *end_ = nullptr;
};

}  // namespace engine
