// Tiles: the images of a batch, eight at a time, one per lane.
#pragma once

#include <algorithm>

#include "vector.hpp"

namespace engine {

// The last tile of a batch may hold fewer than eight images.
struct Tile {
    int number;
    int images;
};

constexpr int tiles_of(int images) { return (images + kLanes - 1) / kLanes; }

inline Tile tile_of(int number, int images) {
    return {number, std::min(kLanes, images - number * kLanes)};
}

inline Mask real_lanes(Tile tile) { return mask_of_bits((1 << tile.images) - 1); }

}  // namespace engine
