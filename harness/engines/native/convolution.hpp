// What surrounds the kernels of a convolution on the way back: the filters for it, and the sums of
// the filters' gradient.
#pragma once

#include <vector>

#include "kernels.hpp"

namespace engine {

// The filters with which a gradient goes back: inputs and outputs swapped, rows and columns turned
// round.
PackedFilters reversed(FilterShape forward, const float* filters);

// The gradient of filters: all sums together, [output][input][row][column], from those of each
// lane.
void finish_filters(FilterShape shape, const Vec* sums, float* gradient);

}  // namespace engine
