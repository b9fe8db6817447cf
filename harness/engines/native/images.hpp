// From an image's bytes to the network's input.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "kernels.hpp"
#include "spec.hpp"

namespace engine {

class ImageFormat {
public:
    // `greys`: each value after normalisation, [channel][256].
    ImageFormat(Shape shape, std::vector<float> greys);

    Shape shape() const { return shape_; }
    // Writes an image, [channel][row][column], into one lane of a tile.
    void put(const uint8_t* image, int lane, MutablePlanes out) const;

private:
    Shape shape_;
    std::vector<float> greys_;
};

}  // namespace engine
