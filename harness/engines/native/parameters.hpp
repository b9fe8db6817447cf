// Where each block's parameters are among all parameters of a network, and its running statistics
// among all running statistics.
#pragma once

#include <vector>

#include "layout.hpp"
#include "normalisation.hpp"

namespace engine {

// One number per parameter: its value, its gradient or its velocity. Block by block: filters, then
// scale and shift of the normalisation.
class Parameters {
public:
    explicit Parameters(const std::vector<Layout>& layouts);

    std::vector<float>& all() { return all_; }
    float* filters(size_t block) { return all_.data() + filters_[block]; }
    // Only for a block with normalisation.
    ScaleAndShift scale_and_shift(size_t block) {
        return {all_.data() + scales_[block], all_.data() + shifts_[block]};
    }

private:
    std::vector<size_t> filters_, scales_, shifts_;  // where they begin
    std::vector<float> all_;
};

// Mean and variance of each block with normalisation.
class AllRunningStatistics {
public:
    explicit AllRunningStatistics(const std::vector<Layout>& layouts);

    std::vector<float>& all() { return all_; }
    RunningStatistics of(size_t block) {
        return {all_.data() + means_[block], all_.data() + variances_[block]};
    }

private:
    std::vector<size_t> means_, variances_;
    std::vector<float> all_;
};

}  // namespace engine
