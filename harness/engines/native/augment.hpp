// Augmentation of training images, pixel for pixel what torchvision does on PIL, written straight
// into a tile. The draws come from outside; augmentation.py beside the engines says what they mean.
#pragma once

#include <cstdint>

#include "vector.hpp"

namespace engine {

// Draws for the images of one batch; null where an augmentation is off.
struct Draws {
    const float* brightness;
    const float* contrast;
    const bool* contrast_first;
    const double* affine;  // six an image
    const int64_t* erase;  // four an image: top, left, height, width
    uint8_t fill;
};

constexpr int kSide = 28, kPixels = kSide * kSide;

// The augmented image number `i` of the batch, as grey values.
void augment(const uint8_t* image, const Draws& draws, int i, uint8_t* out);

}  // namespace engine
