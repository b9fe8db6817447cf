#include "augment.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "pixels.hpp"

namespace engine {

namespace {

// What each value of an image becomes, in any of its channels.
using Table = uint8_t[256];

void brighten(Table& table, float factor) {
    for (uint8_t& value : table) value = blend(0, value, factor);
}

// The sum of the grey values of all pixels.
int64_t sum_of_greys(const Table& table, const uint8_t* image, Shape shape) {
    const int pixels = shape.positions();
    int64_t sum = 0;
    if (shape.channels == 1) {
        for (int i = 0; i < pixels; ++i) sum += table[image[i]];
        return sum;
    }
    const uint8_t *red = image, *green = red + pixels, *blue = green + pixels;
    for (int i = 0; i < pixels; ++i) sum += grey_of(table[red[i]], table[green[i]], table[blue[i]]);
    return sum;
}

// Blend with the mean grey of the image after the table was applied to it.
void stretch(Table& table, float factor, const uint8_t* image, Shape shape) {
    const float mean = mean_grey(sum_of_greys(table, image, shape), shape.positions());
    for (uint8_t& value : table) value = blend(mean, value, factor);
}

void fill_table(const uint8_t* image, Shape shape, const Draws& draws, int i, Table& table) {
    for (int value = 0; value < 256; ++value) table[value] = static_cast<uint8_t>(value);
    const bool contrast_first = draws.contrast_first && draws.contrast_first[i];
    if (draws.contrast && contrast_first) stretch(table, draws.contrast[i], image, shape);
    if (draws.brightness) brighten(table, draws.brightness[i]);
    if (draws.contrast && !contrast_first) stretch(table, draws.contrast[i], image, shape);
}

template <class Width, class Put>
void sample_turned(int height, Width width, const double* m, Put put) {
    const TurnedMap map = turned_map(m);
    for (int y = 0, i = 0; y < height; ++y) {
        int column = map.left + y * map.column_by_y, row = map.top + y * map.row_by_y;
        for (int x = 0; x < width; ++x, ++i, column += map.column_by_x, row += map.row_by_x)
            put(i, row >> 16, column >> 16);
    }
}

// The floors of start, start + step, ...
void walk(double start, double step, int count, int* places) {
    for (int i = 0; i < count; ++i, start += step) places[i] = static_cast<int>(std::floor(start));
}

template <class Width, class Put>
void sample_upright(int height, Width width, const double* m, Put put) {
    int columns[kMostSide], rows[kMostSide];
    walk(first_column(m), m[0], width, columns);
    walk(first_row(m), m[4], height, rows);
    for (int y = 0, i = 0; y < height; ++y)
        for (int x = 0; x < width; ++x, ++i) put(i, rows[y], columns[x]);
}

// Where a channel's pixels come from, and the values they are mapped to.
struct Move {
    const uint8_t* from;
    const uint8_t* table;
    const double* matrix;
    uint8_t fill;
};

// One channel: each pixel from the nearest point of its source, or `fill`.
template <class Width>
void move(Move wanted, int height, Width width, uint8_t* out) {
    // Captured by value: for all the compiler knows, writing a byte may change any variable.
    const auto put = [=](int pixel, int row, int column) {
        const bool seen = inside(row, height) && inside(column, width);
        out[pixel] = seen ? wanted.table[wanted.from[row * width + column]] : wanted.fill;
    };
    const double* m = wanted.matrix;
    if (is_upright(m)) sample_upright(height, width, m, put);
    else sample_turned(height, width, m, put);
}

// One channel: each pixel from the four around its source (Pillow's bilinear_filter8), or `fill`.
template <class Width>
void move_smoothly(Move wanted, int height, Width width, uint8_t* out) {
    const double* m = wanted.matrix;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x, ++out) {
            const SmoothSource from = smooth_source(m, y, x);
            if (!from.inside(height, width)) {
                *out = wanted.fill;
                continue;
            }
            const Between columns = between(from.across, width), rows = between(from.down, height);
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

// Knowing the width at compile time, here MNIST's, saves an eighth of the time.
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
