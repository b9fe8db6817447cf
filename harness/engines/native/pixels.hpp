// What augmentation does to single pixels, as Pillow does it. Also compiled for the device.
#pragma once

#include <cmath>
#include <cstdint>

namespace engine {

// base + factor * (value - base) in float, clipped to 0 .. 255, as PIL's ImagingBlend.
inline uint8_t blend(float base, uint8_t value, float factor) {
    const float mixed = base + factor * (static_cast<float>(value) - base);
    const float positive = 0.0f < mixed ? mixed : 0.0f;
    return static_cast<uint8_t>(positive < 255.0f ? positive : 255.0f);
}

// As PIL's convert("L").
inline int grey_of(int red, int green, int blue) {
    return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
}

// The mean grey of an image, rounded half up.
inline float mean_grey(int64_t sum, int pixels) {
    return static_cast<float>(std::floor(static_cast<double>(sum) / pixels + 0.5));
}

inline bool inside(int place, int side) {
    return static_cast<unsigned>(place) < static_cast<unsigned>(side);
}

// Without rotation and shear, Pillow adds up doubles, pixel by pixel (ImagingScaleAffine).
inline bool is_upright(const double* matrix) { return matrix[1] == 0 && matrix[3] == 0; }
inline double first_column(const double* m) { return m[2] + m[0] * 0.5; }
inline double first_row(const double* m) { return m[5] + m[4] * 0.5; }

// Otherwise it goes through the source in 16.16 fixed point (affine_fixed).
inline int fixed_point(double value) { return static_cast<int>(std::floor(value * 65536 + 0.5)); }

struct TurnedMap {
    int left, top;  // where the first pixel comes from
    int column_by_x, column_by_y, row_by_x, row_by_y;
};

inline TurnedMap turned_map(const double* m) {
    return {fixed_point(m[2] + m[0] * 0.5 + m[1] * 0.5),
            fixed_point(m[5] + m[3] * 0.5 + m[4] * 0.5),
            fixed_point(m[0]),
            fixed_point(m[1]),
            fixed_point(m[3]),
            fixed_point(m[4])};
}

// For smooth sampling it computes in doubles, and cuts the decimals off (bilinear_filter8).
struct SmoothSource {
    double across, down;
    bool inside(int height, int width) const {
        return across >= 0 && across < width && down >= 0 && down < height;
    }
};

inline SmoothSource smooth_source(const double* m, int y, int x) {
    return {m[0] * (x + 0.5) + m[1] * (y + 0.5) + m[2], m[3] * (x + 0.5) + m[4] * (y + 0.5) + m[5]};
}

// Two neighbouring pixels of a row or column (beyond its ends, the last pixel twice), and how far
// between them a place is, from 0 to 1.
struct Between {
    int first, second;
    double share;
};

inline Between between(double place, int side) {
    const double floored = std::floor(place - 0.5);
    const int before = static_cast<int>(floored), after = before + 1;
    return {before < 0 ? 0 : before, after < side ? after : side - 1, place - 0.5 - floored};
}

inline double mix(double first, double second, double share) {
    return first + (second - first) * share;
}

}  // namespace engine
