// From images' bytes to the network's input, augmented on the way: like augment.cpp, but pixel by
// pixel and without a table of values.
#pragma once

#include "../native/pixels.hpp"
#include "views.cuh"

namespace engine::cuda {

// The part of a data set that is on the device.
struct Images {
    const uint8_t* pixels;  // [image][channel][row][column]
    const float* greys;     // each value after normalisation, [channel][256]
    Shape shape;
    DEVICE const uint8_t* of(int image) const { return pixels + size_t(image) * shape.count(); }
};

// Draws of an epoch, [seed][place in the order]; null if no seed of the group has that
// augmentation. A factor of 1, the map of each pixel to itself and a rectangle without height
// leave an image as it is.
struct Draws {
    const float *brightness, *contrast;
    const uint8_t* contrast_first;
    const double* affine;  // six per image
    const int* erase;      // four per image: top, left, height, width
};

// The images of this step, for every seed.
struct DrawnImages {
    Images images;
    Draws draws;
    const int* order;  // [seed][place]: a training image
    const Rule* rules;
    Clock clock;
    int order_seed, batch;  // places of a seed; most images of a step

    DEVICE size_t place(int seed, int i) const {
        return size_t(seed) * order_seed + clock.first(seed) + i;
    }
};

// The mean grey with which contrast blends. A unit is an image, whose pixels eight threads share:
// they are whole numbers, so that their sum is exact in any order.
struct MeanGreys {
    static constexpr int kThreads = 128, kBlocks = 1;
    DrawnImages given;
    float* means;  // [seed][image of the batch]
    int planes, count;

    // The value that contrast starts from.
    DEVICE uint8_t seen(size_t place, uint8_t value) const {
        const Draws& draws = given.draws;
        const bool brightened = draws.brightness && !draws.contrast_first[place];
        return brightened ? blend(0, value, draws.brightness[place]) : value;
    }
    DEVICE int images_of(int) const { return kLanes; }
    DEVICE Two lane_sums(int seed, int i, int lane) const {
        const size_t place = given.place(seed, i);
        const uint8_t* image = given.images.of(given.order[place]);
        const Shape shape = given.images.shape;
        const int pixels = shape.positions();
        int sum = 0;
        for (int p = lane; p < pixels; p += kLanes) {
            const int first = seen(place, load(image + p));
            sum += shape.channels == 1 ? first
                                       : grey_of(first, seen(place, load(image + pixels + p)),
                                                 seen(place, load(image + 2 * pixels + p)));
        }
        return {static_cast<double>(sum), 0};
    }
    DEVICE void put(int seed, int i, Two sum) const {
        means[seed * given.batch + i] =
            mean_grey(static_cast<int64_t>(sum.first), given.images.shape.positions());
    }
};

// A few pixels of an image per thread; the plane is tile * channels + channel. A tile that is not
// full is filled with copies of its last image.
struct PutImages {
    static constexpr int kThreads = 256, kBlocks = 1, kTogether = 8;
    DrawnImages given;
    const float* means;
    Planes out;
    int image_count, planes, count;

    struct Place {
        int row, column;
    };
    // A channel of an image, and what is drawn for it.
    struct Picture {
        const uint8_t* pixels;
        const double* map;  // null: stays where it is
        const int* hole;    // null: none
        TurnedMap turned;
        Shape shape;
        float mean, brightness, contrast;
        uint8_t fill;
        bool brightens, contrasts, contrast_first, upright, smooth;

        // `start` after `step` was added to it `times` times, one by one.
        static DEVICE double walked(double start, double step, int times) {
            for (; times > 0; --times) start += step;
            return start;
        }
        DEVICE Place source(int y, int x) const {
            if (upright)
                return {static_cast<int>(floor(walked(first_row(map), map[4], y))),
                        static_cast<int>(floor(walked(first_column(map), map[0], x)))};
            const auto at = [&](int start, int by_y, int by_x) {
                return static_cast<int>(unsigned(start) + unsigned(y) * unsigned(by_y) +
                                        unsigned(x) * unsigned(by_x)) >>
                       16;
            };
            return {at(turned.top, turned.row_by_y, turned.row_by_x),
                    at(turned.left, turned.column_by_y, turned.column_by_x)};
        }
        DEVICE uint8_t at(int row, int column) const {
            uint8_t value = load(pixels + row * shape.width + column);
            if (contrasts && contrast_first) value = blend(mean, value, contrast);
            if (brightens) value = blend(0, value, brightness);
            if (contrasts && !contrast_first) value = blend(mean, value, contrast);
            return value;
        }
        DEVICE uint8_t smoothly(int y, int x) const {
            const SmoothSource from = smooth_source(map, y, x);
            if (!from.inside(shape.height, shape.width)) return fill;
            const Between columns = between(from.across, shape.width),
                          rows = between(from.down, shape.height);
            const auto in_row = [&](int row) {
                return mix(at(row, columns.first), at(row, columns.second), columns.share);
            };
            return static_cast<uint8_t>(mix(in_row(rows.first), in_row(rows.second), rows.share));
        }
        DEVICE uint8_t value(int y, int x) const {
            if (hole && hole[0] <= y && y < hole[0] + hole[2] && hole[1] <= x &&
                x < hole[1] + hole[3])
                return 0;
            if (!map) return at(y, x);
            if (smooth) return smoothly(y, x);
            const Place from = source(y, x);
            const bool seen = inside(from.row, shape.height) && inside(from.column, shape.width);
            return seen ? at(from.row, from.column) : fill;
        }
    };

    DEVICE Picture picture(int seed, int i, int channel) const {
        const Draws& draws = given.draws;
        const Rule& rule = given.rules[seed];
        const Shape shape = given.images.shape;
        const size_t place = given.place(seed, i);
        Picture made{};
        made.pixels = given.images.of(given.order[place]) + channel * shape.positions();
        made.shape = shape;
        made.fill = static_cast<uint8_t>(rule.fill);
        made.smooth = rule.smooth;
        made.brightens = draws.brightness;
        made.contrasts = draws.contrast;
        if (made.brightens) made.brightness = draws.brightness[place];
        if (made.contrasts) {
            made.mean = means[seed * given.batch + i];
            made.contrast = draws.contrast[place];
            made.contrast_first = draws.contrast_first[place];
        }
        if (draws.affine) {
            made.map = draws.affine + 6 * place;
            made.upright = is_upright(made.map);
            if (!made.upright && !made.smooth) made.turned = turned_map(made.map);
        }
        if (draws.erase) made.hole = draws.erase + 4 * place;
        return made;
    }

    DEVICE void operator()(int seed, int plane, int i) const {
        const Shape shape = given.images.shape;
        const int lane = i & 7, apart = count / kLanes;
        const int tile = plane / shape.channels, channel = plane - tile * shape.channels;
        int image = tile * kLanes + lane;
        if (image > image_count - 1) image = image_count - 1;
        const Picture drawn = picture(seed, image, channel);
        const float* greys = given.images.greys + 256 * channel;
        for (int p = i >> 3; p < shape.positions(); p += apart) {
            const int y = p / shape.width, x = p - y * shape.width;
            out.at(seed, tile, channel, y, x)[lane] = greys[drawn.value(y, x)];
        }
    }
};

// The same for images without augmentation, from number `first`: the test images.
struct PutTestImages {
    static constexpr int kThreads = 256, kBlocks = 1;
    Images images;
    Planes out;
    int first, image_count, planes, count;
    DEVICE void operator()(int seed, int plane, int i) const {
        const Shape shape = images.shape;
        const int lane = i & 7, p = i >> 3, y = p / shape.width, x = p - y * shape.width;
        const int tile = plane / shape.channels, channel = plane - tile * shape.channels;
        int image = tile * kLanes + lane;
        if (image > image_count - 1) image = image_count - 1;
        const uint8_t value = load(images.of(first + image) + channel * shape.positions() + p);
        out.at(seed, tile, channel, y, x)[lane] = images.greys[256 * channel + value];
    }
};

}  // namespace engine::cuda
