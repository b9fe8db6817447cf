// Exponential and logarithm in double, from the operations that IEEE 754 rounds only, so that
// they do not depend on a platform's library. Within 2 units in the last place.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace engine {

// ln 2 in two parts; the first ends in zero bits, so that small multiples of it are exact.
constexpr double kLn2High = 0.6931471803691238, kLn2Low = 1.9082149292705877e-10;

// 2 to the power of n, for n from -1022 to 1023, by its bits.
inline double power_of_two(int n) {
    const uint64_t bits = static_cast<uint64_t>(n + 1023) << 52;
    double value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

// x / K, rounded as in IEEE 754, for a small whole K and for x far from the ends of a double's
// range: a quotient off by a unit in the last place at most becomes the right one by its remainder,
// which is exact (Markstein, IBM Journal of Research and Development 34(1), 1990). A GPU takes ten
// times as long for a division.
template <int K>
inline double divided(double x) {
    constexpr double kInverse = 1.0 / K;
    const double quotient = x * kInverse;
    return std::fma(std::fma(-double(K), quotient, x), kInverse, quotient);
}

// The sum of x^k / k! for k from 0 to 14, from its end: `sum` is that of the terms after K, over
// x^K / K!.
template <int K = 14>
inline double taylor(double x, double sum = 1) {
    if constexpr (K == 0) return sum;
    else return taylor<K - 1>(x, 1.0 + divided<K>(sum * x));
}

// e to the power of x: a power of two times a Taylor polynomial on |rest| <= ln(2)/2. Very negative
// arguments give 0; NaN gives NaN.
inline double exponential(double x) {
    if (x != x) return x;
    if (x < -700) return 0;
    if (x > 700) x = 700;
    const double twos = std::floor(x / kLn2High + 0.5);
    const double rest = (x - twos * kLn2High) - twos * kLn2Low;
    return taylor(rest) * power_of_two(static_cast<int>(twos));
}

// The natural logarithm of a positive, normal x: k ln 2 + 2 atanh((m - 1) / (m + 1)), m near 1.
inline double logarithm(double x) {
    if (!(x > 0)) return std::numeric_limits<double>::quiet_NaN();
    uint64_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    int twos = static_cast<int>(bits >> 52) - 1023;
    double m = x / power_of_two(twos);
    if (m > 1.4142135623730951) {
        m /= 2;
        ++twos;
    }
    const double s = (m - 1) / (m + 1), square = s * s;
    double sum = 0;
    for (int k = 23; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
    return twos * kLn2High + (2 * s * sum + twos * kLn2Low);
}

}  // namespace engine
