// Augmentation of training images, pixel for pixel what torchvision does on PIL. The draws come
// from outside; draws/augmentation.py says what they mean. Costs about a microsecond an image.
#pragma once

#include <cstdint>

namespace engine {

// Draws for the images of one batch; null where an augmentation is off. Rectangles to be erased lie
// within the image.
struct Draws {
    const float* brightness;
    const float* contrast;
    const bool* contrast_first;  // null where brightness or contrast is off
    const double* affine;        // six an image
    const int64_t* erase;        // four an image: top, left, height, width
    uint8_t fill;
};

constexpr int kSide = 28, kPixels = kSide * kSide;

// The augmented image number `i` of the batch, as grey values.
void augment(const uint8_t* image, const Draws& draws, int i, uint8_t* out);

}  // namespace engine
