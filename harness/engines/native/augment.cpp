#include "augment.hpp"

#include <algorithm>
#include <cmath>

namespace engine {

namespace {

using Table = uint8_t[256];

// base + factor * (value - base) in float, cut to 0 .. 255, as PIL's ImagingBlend.
uint8_t blend(float base, uint8_t value, float factor) {
    const float mixed = base + factor * (static_cast<float>(value) - base);
    return static_cast<uint8_t>(std::min(255.0f, std::max(0.0f, mixed)));
}

void brighten(Table& table, float factor) {
    for (uint8_t& value : table) value = blend(0, value, factor);
}

// Blend with the mean grey of the image as the table has it so far, rounded half up.
void stretch(Table& table, float factor, const uint8_t* image) {
    int64_t sum = 0;
    for (int i = 0; i < kPixels; ++i) sum += table[image[i]];
    const float mean = static_cast<float>(std::floor(static_cast<double>(sum) / kPixels + 0.5));
    for (uint8_t& value : table) value = blend(mean, value, factor);
}

// What each grey value of the image becomes.
void fill_grey_table(const uint8_t* image, const Draws& draws, int i, Table& table) {
    for (int grey = 0; grey < 256; ++grey) table[grey] = static_cast<uint8_t>(grey);
    const bool contrast_first = draws.contrast_first && draws.contrast_first[i];
    if (draws.contrast && contrast_first) stretch(table, draws.contrast[i], image);
    if (draws.brightness) brighten(table, draws.brightness[i]);
    if (draws.contrast && !contrast_first) stretch(table, draws.contrast[i], image);
}

int fixed_point(double value) { return static_cast<int>(std::floor(value * 65536 + 0.5)); }

bool inside(int place) { return static_cast<unsigned>(place) < static_cast<unsigned>(kSide); }

// Pillow's affine_fixed: the source in 16.16 fixed point.
template <class Put>
void sample_turned(const double* m, Put put) {
    const int a = fixed_point(m[0]), b = fixed_point(m[1]), d = fixed_point(m[3]),
              e = fixed_point(m[4]);
    const int left = fixed_point(m[2] + m[0] * 0.5 + m[1] * 0.5);
    const int top = fixed_point(m[5] + m[3] * 0.5 + m[4] * 0.5);
    for (int y = 0, i = 0; y < kSide; ++y) {
        int column = left + y * b, row = top + y * e;
        for (int x = 0; x < kSide; ++x, ++i, column += a, row += d) put(i, row >> 16, column >> 16);
    }
}

// Pillow's ImagingScaleAffine: without rotation and shear, by repeated additions of doubles.
template <class Put>
void sample_upright(const double* m, Put put) {
    int columns[kSide], rows[kSide];
    double x = m[2] + m[0] * 0.5, y = m[5] + m[4] * 0.5;
    for (int i = 0; i < kSide; ++i, x += m[0], y += m[4]) {
        columns[i] = static_cast<int>(std::floor(x));
        rows[i] = static_cast<int>(std::floor(y));
    }
    for (int i = 0; i < kPixels; ++i) put(i, rows[i / kSide], columns[i % kSide]);
}

void erase(const int64_t* rectangle, uint8_t* out) {
    for (int64_t y = rectangle[0]; y < rectangle[0] + rectangle[2]; ++y)
        std::fill_n(out + y * kSide + rectangle[1], rectangle[3], uint8_t{0});
}

}  // namespace

void augment(const uint8_t* image, const Draws& draws, int i, uint8_t* out) {
    Table table;
    fill_grey_table(image, draws, i, table);
    if (draws.affine) {
        const double* matrix = draws.affine + 6 * i;
        const auto put = [&](int pixel, int row, int column) {
            const bool seen = inside(row) && inside(column);
            out[pixel] = seen ? table[image[row * kSide + column]] : draws.fill;
        };
        if (matrix[1] == 0 && matrix[3] == 0) {
            sample_upright(matrix, put);
        } else {
            sample_turned(matrix, put);
        }
    } else {
        for (int pixel = 0; pixel < kPixels; ++pixel) out[pixel] = table[image[pixel]];
    }
    if (draws.erase) erase(draws.erase + 4 * i, out);
}

}  // namespace engine
