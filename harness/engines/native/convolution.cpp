#include "convolution.hpp"

namespace engine {

PackedFilters reversed(FilterShape forward, const float* filters) {
    const int square = forward.kernel * forward.kernel;
    std::vector<float> result(forward.count());
    for (int output = 0; output < forward.outputs; ++output)
        for (int input = 0; input < forward.inputs; ++input)
            for (int place = 0; place < square; ++place)
                result[(input * forward.outputs + output) * square + square - 1 - place] =
                    filters[(output * forward.inputs + input) * square + place];
    return {{forward.inputs, forward.outputs, forward.kernel}, result.data()};
}

void finish_filters(FilterShape shape, const Vec* sums, float* gradient) {
    for (int i = 0; i < shape.count(); ++i)
        gradient[i] = static_cast<float>(sum_lanes(widened(sums[i])));
}

}  // namespace engine
