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
    // `greys`: what each value is once normalised, [channel][256].
    ImageFormat(Shape shape, std::vector<float> greys);

    Shape shape() const { return shape_; }
    // An image, [channel][row][column], becomes one lane of a tile.
    void put(const uint8_t* image, int lane, MutablePlanes out) const;

private:
    Shape shape_;
    std::vector<float> greys_;
};

}  // namespace engine
