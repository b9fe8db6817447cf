// Arrays from Python: they are checked here and never converted, and the engine then trusts them.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>

#include <stdexcept>

#include "augment.hpp"

namespace engine {

namespace nb = nanobind;

template <class T, class... Shape>
using Array = nb::ndarray<const T, nb::numpy, nb::device::cpu, nb::c_contig, Shape...>;
using Labels = Array<uint8_t, nb::ndim<1>>;

// Images (n, height, width), or (n, channels, height, width).
class Images {
public:
    // Throws std::invalid_argument if they have neither shape, or are too large.
    explicit Images(const Array<uint8_t>& array) : array_(array) {
        if (array.ndim() != 3 && array.ndim() != 4)
            throw std::invalid_argument("images are not (n, height, width) or (n, channels, ...)");
        for (size_t d = array.ndim() - 2; d < array.ndim(); ++d)
            if (array.shape(d) < 1 || array.shape(d) > size_t{kMostSide})
                throw std::invalid_argument("images need sides of 1 to 64 pixels");
        if (shape().channels < 1) throw std::invalid_argument("images need a channel");
    }

    const uint8_t* data() const { return array_.data(); }
    size_t count() const { return array_.shape(0); }
    Shape shape() const {
        const size_t height = array_.ndim() - 2;
        const auto side = [&](size_t d) { return static_cast<int>(array_.shape(d)); };
        return {array_.ndim() == 4 ? side(1) : 1, side(height), side(height + 1)};
    }
    // A new array of the same shape.
    nb::ndarray<nb::numpy, uint8_t> like(uint8_t* data, nb::capsule owner) const {
        size_t sizes[4];
        for (size_t d = 0; d < array_.ndim(); ++d) sizes[d] = array_.shape(d);
        return {data, array_.ndim(), sizes, owner};
    }

private:
    Array<uint8_t> array_;
};

template <class T, class Given>
const T* rows_or_null(const std::optional<Given>& given, size_t rows) {
    if (!given) return nullptr;
    if (given->shape(0) != rows) throw std::invalid_argument("draws are not those of the batch");
    return given->data();
}

// Draws of one batch.
struct GivenDraws {
    std::optional<Array<float, nb::ndim<1>>> brightness, contrast;
    std::optional<Array<bool, nb::ndim<1>>> contrast_first;
    std::optional<Array<double, nb::shape<-1, 6>>> affine;
    std::optional<Array<int64_t, nb::shape<-1, 4>>> erase;
    bool smooth;
    uint8_t fill;

    // Throws std::invalid_argument unless these are draws for `images` images of that shape.
    Draws of(size_t images, Shape shape) const {
        if (brightness && contrast && !contrast_first)
            throw std::invalid_argument(
                "which of brightness and contrast comes first is not given");
        if (contrast && !has_contrast(shape.channels))
            throw std::invalid_argument("contrast needs images of one channel, or of three");
        check_rectangles(shape);
        return {rows_or_null<float>(brightness, images),
                rows_or_null<float>(contrast, images),
                rows_or_null<bool>(contrast_first, images),
                rows_or_null<double>(affine, images),
                rows_or_null<int64_t>(erase, images),
                smooth,
                fill};
    }

private:
    void check_rectangles(Shape shape) const {
        const auto within = [](int64_t first, int64_t count, int64_t side) {
            return 0 <= first && first <= side && 0 <= count && count <= side - first;
        };
        for (size_t i = 0; erase && i < erase->shape(0); ++i) {
            const int64_t* r = erase->data() + 4 * i;  // top, left, height, width
            if (!within(r[0], r[2], shape.height) || !within(r[1], r[3], shape.width))
                throw std::invalid_argument("a rectangle to be erased is not within the image");
        }
    }
};

}  // namespace engine
