#include "augment.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace engine {

namespace {

// What each value of an image becomes, in any of its channels.
using Table = uint8_t[256];

// base + factor * (value - base) in float, cut to 0 .. 255, as PIL's ImagingBlend.
uint8_t blend(float base, uint8_t value, float factor) {
    const float mixed = base + factor * (static_cast<float>(value) - base);
    return static_cast<uint8_t>(std::min(255.0f, std::max(0.0f, mixed)));
}

void brighten(Table& table, float factor) {
    for (uint8_t& value : table) value = blend(0, value, factor);
}

// The sum of all pixels' grey, each as PIL's convert("L") finds it.
int64_t sum_of_greys(const Table& table, const uint8_t* image, Shape shape) {
    const int pixels = shape.positions();
    int64_t sum = 0;
    if (shape.channels == 1) {
        for (int i = 0; i < pixels; ++i) sum += table[image[i]];
        return sum;
    }
    const uint8_t *red = image, *green = red + pixels, *blue = green + pixels;
    for (int i = 0; i < pixels; ++i)
        sum += (19595 * table[red[i]] + 38470 * table[green[i]] + 7471 * table[blue[i]] + 0x8000) >>
               16;
    return sum;
}

// Blend with the mean grey of the image as the table has it so far, rounded half up.
void stretch(Table& table, float factor, const uint8_t* image, Shape shape) {
    const double sum = static_cast<double>(sum_of_greys(table, image, shape));
    const float mean = static_cast<float>(std::floor(sum / shape.positions() + 0.5));
    for (uint8_t& value : table) value = blend(mean, value, factor);
}

void fill_table(const uint8_t* image, Shape shape, const Draws& draws, int i, Table& table) {
    for (int value = 0; value < 256; ++value) table[value] = static_cast<uint8_t>(value);
    const bool contrast_first = draws.contrast_first && draws.contrast_first[i];
    if (draws.contrast && contrast_first) stretch(table, draws.contrast[i], image, shape);
    if (draws.brightness) brighten(table, draws.brightness[i]);
    if (draws.contrast && !contrast_first) stretch(table, draws.contrast[i], image, shape);
}

int fixed_point(double value) { return static_cast<int>(std::floor(value * 65536 + 0.5)); }

bool inside(int place, int side) { return static_cast<unsigned>(place) < unsigned(side); }

// Pillow's affine_fixed: the source in 16.16 fixed point.
template <class Width, class Put>
void sample_turned(int height, Width width, const double* m, Put put) {
    const int a = fixed_point(m[0]), b = fixed_point(m[1]), d = fixed_point(m[3]),
              e = fixed_point(m[4]);
    const int left = fixed_point(m[2] + m[0] * 0.5 + m[1] * 0.5);
    const int top = fixed_point(m[5] + m[3] * 0.5 + m[4] * 0.5);
    for (int y = 0, i = 0; y < height; ++y) {
        int column = left + y * b, row = top + y * e;
        for (int x = 0; x < width; ++x, ++i, column += a, row += d) put(i, row >> 16, column >> 16);
    }
}

// The floors of start, start + step, ...
void walk(double start, double step, int count, int* places) {
    for (int i = 0; i < count; ++i, start += step) places[i] = static_cast<int>(std::floor(start));
}

// Pillow's ImagingScaleAffine: without rotation and shear, by repeated additions of doubles.
template <class Width, class Put>
void sample_upright(int height, Width width, const double* m, Put put) {
    int columns[kMostSide], rows[kMostSide];
    walk(m[2] + m[0] * 0.5, m[0], width, columns);
    walk(m[5] + m[4] * 0.5, m[4], height, rows);
    for (int y = 0, i = 0; y < height; ++y)
        for (int x = 0; x < width; ++x, ++i) put(i, rows[y], columns[x]);
}

// Two pixels of a row or column, at its ends one pixel twice, and how far a place lies from the
// first to the second.
struct Between {
    int first, second;
    double share;
};

Between between(double place, int side) {
    const double floored = std::floor(place - 0.5);
    const int first = static_cast<int>(floored);
    return {std::max(first, 0), std::min(first + 1, side - 1), place - 0.5 - floored};
}

double mix(double first, double second, double share) { return first + (second - first) * share; }

// Where a channel's pixels come from, and what becomes of them.
struct Move {
    const uint8_t* from;
    const uint8_t* table;
    const double* matrix;
    uint8_t fill;
};

// One channel: each pixel from the nearest point of its source, or `fill`.
template <class Width>
void move(Move wanted, int height, Width width, uint8_t* out) {
    // Captured by value: for all the compiler knows, a byte may be put into any variable.
    const auto put = [=](int pixel, int row, int column) {
        const bool seen = inside(row, height) && inside(column, width);
        out[pixel] = seen ? wanted.table[wanted.from[row * width + column]] : wanted.fill;
    };
    const double* m = wanted.matrix;
    if (m[1] == 0 && m[3] == 0) sample_upright(height, width, m, put);
    else sample_turned(height, width, m, put);
}

// One channel: each pixel from the four around its source (Pillow's bilinear_filter8), or `fill`.
template <class Width>
void move_smoothly(Move wanted, int height, Width width, uint8_t* out) {
    const double* m = wanted.matrix;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x, ++out) {
            const double across = m[0] * (x + 0.5) + m[1] * (y + 0.5) + m[2];
            const double down = m[3] * (x + 0.5) + m[4] * (y + 0.5) + m[5];
            if (!(across >= 0 && across < width && down >= 0 && down < height)) {
                *out = wanted.fill;
                continue;
            }
            const Between columns = between(across, width), rows = between(down, height);
            const auto in_row = [&](int row) {
                const uint8_t* line = wanted.from + row * width;
                return mix(wanted.table[line[columns.first]], wanted.table[line[columns.second]],
                           columns.share);
            };
            *out = static_cast<uint8_t>(mix(in_row(rows.first), in_row(rows.second), rows.share));
        }
}

template <class Width>
void move(Move wanted, bool smooth, int height, Width width, uint8_t* out) {
    if (smooth) move_smoothly(wanted, height, width, out);
    else move(wanted, height, width, out);
}

// A width known at compile time saves an eighth of the time: MNIST's.
void move(Move wanted, bool smooth, Shape shape, uint8_t* out) {
    const int height = shape.height;
    if (shape.width == 28) move(wanted, smooth, height, std::integral_constant<int, 28>{}, out);
    else move(wanted, smooth, height, shape.width, out);
}

void erase(const int64_t* rectangle, int width, uint8_t* out) {
    for (int64_t y = rectangle[0]; y < rectangle[0] + rectangle[2]; ++y)
        std::fill_n(out + y * width + rectangle[1], rectangle[3], uint8_t{0});
}

}  // namespace

void augment(const uint8_t* image, Shape shape, const Draws& draws, int i, uint8_t* out) {
    Table table;
    fill_table(image, shape, draws, i, table);
    const int pixels = shape.positions();
    for (int channel = 0; channel < shape.channels; ++channel, image += pixels, out += pixels) {
        if (draws.affine)
            move({image, table, draws.affine + 6 * i, draws.fill}, draws.smooth, shape, out);
        else
            for (int pixel = 0; pixel < pixels; ++pixel) out[pixel] = table[image[pixel]];
        if (draws.erase) erase(draws.erase + 4 * i, shape.width, out);
    }
}

}  // namespace engine
