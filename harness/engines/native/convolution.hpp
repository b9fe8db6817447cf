// What the kernels of a convolution need on the way back: reversed filters, and the last sums of
// the filters' gradient.
#pragma once

#include <vector>

#include "kernels.hpp"

namespace engine {

// The filters for a gradient that goes back: inputs and outputs swapped, rows and columns reversed.
PackedFilters reversed(FilterShape forward, const float* filters);

// The gradient of filters, [output][input][row][column], from the sums of each lane.
void finish_filters(FilterShape shape, const Vec* sums, float* gradient);

}  // namespace engine
