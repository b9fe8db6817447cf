// Cross-entropy of one image's scores, in double. Also compiled for the device.
#pragma once

#include "mathematics.hpp"

namespace engine {

// The first of the classes with the largest score; `score(k)` is the score of class k.
template <class Scores>
inline int largest_of(int classes, Scores score) {
    int best = 0;
    for (int k = 1; k < classes; ++k)
        if (score(k) > score(best)) best = k;
    return best;
}

// Minus the logarithm of the label's softmax; with smoothing, that share of the label is spread
// over all classes.
template <class Scores>
class CrossEntropy {
public:
    inline CrossEntropy(int classes, Scores score, double smoothing)
        : classes_(classes),
          score_(score),
          smoothing_(smoothing),
          most_(score(largest_of(classes, score))) {
        for (int k = 0; k < classes; ++k) {
            sum_ += exponential(score(k) - most_);
            mean_ += score(k) / static_cast<double>(classes);
        }
    }

    inline double loss(int label) const {
        const double normaliser = most_ + logarithm(sum_);
        return normaliser - (1 - smoothing_) * score_(label) - smoothing_ * mean_;
    }
    // With respect to the score of class k.
    inline double gradient(int label, int k) const {
        const double target =
            (k == label ? 1 - smoothing_ : 0.0) + smoothing_ / static_cast<double>(classes_);
        return exponential(score_(k) - most_) / sum_ - target;
    }

private:
    int classes_;
    Scores score_;
    double smoothing_, most_, sum_ = 0, mean_ = 0;
};

}  // namespace engine
