// Augmentation of training images, pixel for pixel what torchvision does on PIL. The draws come
// from outside; draws/augmentation.py says what they mean. Costs about a microsecond an image of
// 28 x 28 pixels.
#pragma once

#include <cstdint>

#include "spec.hpp"

namespace engine {

// Draws for the images of one batch; null where an augmentation is off. Rectangles to be erased lie
// within the image.
struct Draws {
    const float* brightness;
    const float* contrast;
    const bool* contrast_first;  // null where brightness or contrast is off
    const double* affine;        // six an image
    const int64_t* erase;        // four an image: top, left, height, width
    bool smooth;                 // sampled between four pixels rather than at the nearest
    uint8_t fill;
};

// Whether contrast can act on images of this many channels: it has to know how bright a pixel is.
constexpr bool has_contrast(int channels) { return channels == 1 || channels == 3; }

// The augmented image number `i` of the batch: grey values, or other channels one after another, of
// which three are red, green and blue. No side is longer than kMostSide.
void augment(const uint8_t* image, Shape shape, const Draws& draws, int i, uint8_t* out);

}  // namespace engine
