// Cross-entropy of one image's scores, in double.
#pragma once

#include <cstddef>
#include <vector>

#include "mathematics.hpp"

namespace engine {

// The first of the largest scores.
inline int largest_of(const std::vector<double>& scores) {
    size_t best = 0;
    for (size_t k = 1; k < scores.size(); ++k)
        if (scores[k] > scores[best]) best = k;
    return static_cast<int>(best);
}

// Minus the logarithm of the label's softmax; with smoothing, that share of the label is spread
// over all classes. Writes the gradient with respect to the scores unless `gradient` is null.
inline double cross_entropy(const std::vector<double>& scores, int label, double smoothing,
                            double* gradient) {
    const size_t classes = scores.size();
    const double most = scores[largest_of(scores)];
    double sum = 0, mean = 0;
    for (const double score : scores) {
        sum += exponential(score - most);
        mean += score / static_cast<double>(classes);
    }
    const double normaliser = most + logarithm(sum);
    if (gradient)
        for (size_t k = 0; k < classes; ++k) {
            const double target = (static_cast<int>(k) == label ? 1 - smoothing : 0.0) +
                                  smoothing / static_cast<double>(classes);
            gradient[k] = exponential(scores[k] - most) / sum - target;
        }
    return normaliser - (1 - smoothing) * scores[label] - smoothing * mean;
}

}  // namespace engine
