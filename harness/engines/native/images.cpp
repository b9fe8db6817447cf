#include "images.hpp"

namespace engine {

namespace {

bool fits(int side) { return 1 <= side && side <= kMostSide; }

}  // namespace

ImageFormat::ImageFormat(Shape shape, std::vector<float> greys)
    : shape_(shape), greys_(std::move(greys)) {
    if (shape.channels < 1 || !fits(shape.height) || !fits(shape.width))
        throw std::invalid_argument("images need a channel, and sides of 1 to 64 pixels");
    if (greys_.size() != size_t(shape.channels) * 256)
        throw std::invalid_argument("each channel needs 256 normalised values");
}

void ImageFormat::put(const uint8_t* image, int lane, MutablePlanes out) const {
    const Shape shape = shape_;
    for (int c = 0; c < shape.channels; ++c) {
        const float* greys = greys_.data() + 256 * c;
        Vec* line = out.channels_from(c).data;
        for (int y = 0; y < shape.height; ++y, image += shape.width, line += out.row)
            for (int x = 0; x < shape.width; ++x) line[x][lane] = greys[image[x]];
    }
}

}  // namespace engine
