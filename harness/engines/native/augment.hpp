// Augmentation of training images, pixel for pixel as torchvision does it on PIL. The draws come
// from outside; draws/augmentation.py says what they mean. It costs about a microsecond per image
// of 28 x 28 pixels.
#pragma once

#include <cstdint>

#include "spec.hpp"

namespace engine {

// Draws for the images of one batch; null if an augmentation is off. Rectangles to be erased must
// be within the image.
struct Draws {
    const float* brightness;
    const float* contrast;
    const bool* contrast_first;  // null if brightness or contrast is off
    const double* affine;        // six per image
    const int64_t* erase;        // four per image: top, left, height, width
    bool smooth;                 // sampled between four pixels rather than at the nearest
    uint8_t fill;
};

// Whether contrast is defined for images of this many channels: it needs the pixels' brightness.
constexpr bool has_contrast(int channels) { return channels == 1 || channels == 3; }

// The augmented image number `i` of the batch, channel after channel: grey, or red, green and blue,
// or any others. No side is longer than kMostSide.
void augment(const uint8_t* image, Shape shape, const Draws& draws, int i, uint8_t* out);

}  // namespace engine
