#include "pointwise.hpp"

#include <cstring>
#include <type_traits>

namespace engine {

namespace {

// What is applied to an output before dropout; a ReLU that comes first is in the output already.
enum class Affine { kNone, kScaled, kScaledRectified };

Affine affine_of(Order order) {
    switch (order) {
        case Order::kNorm:
        case Order::kReluNorm: return Affine::kScaled;
        case Order::kNormRelu: return Affine::kScaledRectified;
        default: return Affine::kNone;
    }
}

// One channel's values, `Width` at a time from the i-th on.
template <Affine affine, bool dropout>
struct Value {
    template <int Width>
    ENGINE_INLINE Wide<Width> scaled(int i) const {
        const Wide<Width> x = load<Width>(of.outputs + i);
        if (affine != Affine::kNone)
            return fma(x, broadcast<Width>(of.scale), broadcast<Width>(of.shift));
        return dropout ? x * broadcast<Width>(of.kept_scale) : x;
    }
    template <class Values>
    ENGINE_INLINE Values dropped(Values x, int i) const {
        return dropout ? keep_bits(x, of.masks + i) : x;
    }
    template <int Width>
    ENGINE_INLINE Wide<Width> at(int i) const {
        const Wide<Width> x = scaled<Width>(i);
        return dropped(affine == Affine::kScaledRectified ? relu(x) : x, i);
    }
    // From the gradient of a value to that of its normalised output.
    template <int Width>
    ENGINE_INLINE Wide<Width> gradient(Wide<Width> g, int i) const {
        g = dropped(dropout ? g * broadcast<Width>(of.kept_scale) : g, i);
        return affine == Affine::kScaledRectified ? keep(g, scaled<Width>(i) > Wide<Width>{}) : g;
    }

    Pointwise of;
};

// Calls visit(value) with the channel's Value of the right kind.
template <class Visit>
ENGINE_INLINE auto with_value(const BlockSpec& spec, const Pointwise& values, Visit visit) {
    const Affine affine = affine_of(spec.order);
    if (values.masks) {
        if (affine == Affine::kNone) return visit(Value<Affine::kNone, true>{values});
        if (affine == Affine::kScaled) return visit(Value<Affine::kScaled, true>{values});
        return visit(Value<Affine::kScaledRectified, true>{values});
    }
    if (affine == Affine::kNone) return visit(Value<Affine::kNone, false>{values});
    if (affine == Affine::kScaled) return visit(Value<Affine::kScaled, false>{values});
    return visit(Value<Affine::kScaledRectified, false>{values});
}

// Calls visit(size) with a number known at compile time where the squares are 2 x 2.
template <class Visit>
ENGINE_INLINE void with_size(int size, Visit visit) {
    if (size == 2) return visit(std::integral_constant<int, 2>{});
    visit(size);
}

// Calls visit(row of the result, column, first position) for each square that is pooled into one of
// the rows; the position is that of its upper left corner.
template <class Visit>
ENGINE_INLINE void in_windows(Shape shape, int size, Rows rows, Visit visit) {
    const int columns = shape.width / size;
    for (int y = rows.first; y < rows.last; ++y)
        for (int x = 0; x < columns; ++x)
            visit(y - rows.first, x, (y * shape.width + x) * size);
}

// Likewise visit(..., few), with sums that are added to `sums` after each row of windows.
template <class Visit>
ENGINE_INLINE void in_summed_windows(Shape shape, int size, Rows rows, LaneSums& sums, Visit visit) {
    for (int y = rows.first; y < rows.last; ++y) {
        Sums few;
        in_windows(shape, size, {y, y + 1}, [&](int, int x, int corner) {
            visit(y - rows.first, x, corner, few);
        });
        sums.add(few);
    }
}

// Calls visit(i, width) for i from `first` up to `last`, as many values at a time as a register holds.
template <class Visit>
ENGINE_INLINE void in_registers(int first, int last, Visit visit) {
    int i = first;
    for (; i + kWidest <= last; i += kWidest) visit(i, std::integral_constant<int, kWidest>{});
    if (kWidest > 1)
        for (; i < last; ++i) visit(i, std::integral_constant<int, 1>{});
}

// Calls visit(i, few) for i from `first` up to `last`, with sums that are added to `sums` after each
// portion.
template <class Visit>
ENGINE_INLINE void in_portions(int first, int last, LaneSums& sums, Visit visit) {
    constexpr int kPortion = 16, kChains = 4;  // decide the order of sums, and so the bits
    LaneSums total = sums;
    int i = first;
    for (; i + kPortion <= last; i += kPortion) {
        // Chains side by side, so that additions need not wait for one another.
        SumsOf<kWidest> few[kChains / kWidest];
        ENGINE_UNROLL for (int k = 0; k < kPortion; k += kWidest)
            visit(i + k, few[k % kChains / kWidest]);
        ENGINE_UNROLL for (int half = kChains / kWidest / 2; half > 0; half /= 2)
            ENGINE_UNROLL for (int c = 0; c < half; ++c) few[c].add(few[c + half]);
        total.add(Sums{fold(few[0].first), fold(few[0].second)});
    }
    Sums few;
    for (; i < last; ++i) visit(i, few);
    total.add(few);
    sums = total;
}

template <class V>
void produce_all(Shape shape, V value, Rows rows, Vec* out, int row) {
    for (int y = rows.first; y < rows.last; ++y, out += row)
        in_registers(0, shape.width, [&](int x, auto width) {
            store(out + x, value.template at<width()>(y * shape.width + x));
        });
}

// The largest value of the square whose upper left corner is given.
template <class V, class Size>
ENGINE_INLINE Vec largest(const V& value, int corner, Size size, int width) {
    Vec most = value.template at<1>(corner);
    for (int dy = 0; dy < size; ++dy)
        for (int dx = 0; dx < size; ++dx) most = larger(most, value.template at<1>(corner + dy * width + dx));
    return most;
}

template <class V, class Size>
void produce_maxima(Shape shape, Size size, const V& value, Rows rows, Vec* out, int row) {
    in_windows(shape, size, rows, [&](int y, int x, int corner) {
        out[y * row + x] = largest(value, corner, size, shape.width);
    });
}

template <class V>
void produce_means(Shape shape, int size, const V& value, Rows rows, Vec* out, int row) {
    const Vec count = broadcast(static_cast<float>(size * size));
    in_windows(shape, size, rows, [&](int y, int x, int corner) {
        Vec sum{};
        for (int dy = 0; dy < size; ++dy)
            for (int dx = 0; dx < size; ++dx) sum += value.template at<1>(corner + dy * shape.width + dx);
        out[y * row + x] = sum / count;
    });
}

// Where gradients go: stored, and added to the sums.
struct Sink {
    const Vec* outputs;
    float mean;
    Vec* gradient;
    LaneSums sums{};

    template <int Width>
    ENGINE_INLINE void put(int i, Wide<Width> g, SumsOf<Width>& few) {
        store(gradient + i, g);
        few.first += g;
        few.second = fma(g, load<Width>(outputs + i) - broadcast<Width>(mean), few.second);
    }
};

template <class V>
void consume_all(Shape shape, const V& value, Rows rows, const Vec* from, Sink& sink) {
    const int first = rows.first * shape.width, last = rows.last * shape.width;
    in_portions(first, last, sink.sums, [&](int i, auto& few) {
        constexpr int kWidth = std::decay_t<decltype(few)>::kWidth;
        sink.put(i, value.template gradient<kWidth>(load<kWidth>(from + i - first), i), few);
    });
}

// The first of the largest values of each window takes the gradient.
template <class V, class Size>
void consume_maxima(Shape shape, Size size, const V& value, Rows rows, const Vec* from, Sink& sink) {
    const int columns = shape.width / size;
    in_summed_windows(shape, size, rows, sink.sums, [&](int y, int x, int corner, Sums& few) {
        const Vec most = largest(value, corner, size, shape.width);
        const Vec whole = from[y * columns + x];
        Mask open = ~Mask{};
        Sums window;
        for (int dy = 0; dy < size; ++dy)
            for (int dx = 0; dx < size; ++dx) {
                const int i = corner + dy * shape.width + dx;
                const Mask hit = (value.template at<1>(i) == most) & open;
                open &= ~hit;
                sink.put(i, value.template gradient<1>(keep(whole, hit), i), window);
            }
        few.add(window);
    });
}

template <class V>
void consume_means(Shape shape, int size, const V& value, Rows rows, const Vec* from, Sink& sink) {
    const int columns = shape.width / size;
    const Vec count = broadcast(static_cast<float>(size * size));
    in_summed_windows(shape, size, rows, sink.sums, [&](int y, int x, int corner, Sums& few) {
        const Vec share = from[y * columns + x] / count;
        for (int dy = 0; dy < size; ++dy)
            for (int dx = 0; dx < size; ++dx) {
                const int i = corner + dy * shape.width + dx;
                sink.put(i, value.template gradient<1>(share, i), few);
            }
    });
}

// Rows and columns that no window covers get no gradient.
void clear_uncovered(Shape shape, int size, Vec* gradient) {
    const int rows = shape.height / size * size, columns = shape.width / size * size;
    for (int y = 0; y < shape.height; ++y)
        for (int x = y < rows ? columns : 0; x < shape.width; ++x)
            gradient[y * shape.width + x] = Vec{};
}

template <bool rectify>
ENGINE_INLINE void add_shifted(Vec* values, int count, float origin, LaneSums& sums) {
    in_portions(0, count, sums, [&](int i, auto& few) {
        constexpr int kWidth = std::decay_t<decltype(few)>::kWidth;
        auto value = load<kWidth>(values + i);
        if (rectify) store(values + i, value = relu(value));
        const auto distance = value - broadcast<kWidth>(origin);
        few.first += distance;
        few.second = fma(distance, distance, few.second);
    });
}

// Through a normalisation, then a ReLU that comes before it.
template <bool rectified, bool normalised>
void go_back(const Vec* gradient, const Vec* outputs, Slope slope, Mask real, int count, Vec* out) {
    in_registers(0, count, [&](int i, auto width) {
        auto g = load<width()>(gradient + i);
        const auto output = load<width()>(outputs + i);
        if (normalised)
            g = fma(broadcast<width()>(slope.slope), g,
                    fma(broadcast<width()>(slope.against_output), output,
                        broadcast<width()>(slope.constant)));
        auto mask = repeat<width()>(real);
        if (rectified) mask &= output > decltype(output){};
        store(out + i, keep(g, mask));
    });
}

}  // namespace

void add_moments(Vec* values, int count, float origin, bool rectify, LaneSums& sums) {
    if (rectify) return add_shifted<true>(values, count, origin, sums);
    add_shifted<false>(values, count, origin, sums);
}

void rectify(Vec* values, int count) {
    in_registers(0, count, [&](int i, auto width) {
        store(values + i, relu(load<width()>(values + i)));
    });
}

void produce_rows(const BlockSpec& spec, Shape convolved, const Pointwise& values, Rows rows, Vec* out,
                  int row) {
    const int size = spec.pool_size;
    with_value(spec, values, [&](const auto& value) {
        switch (spec.pool) {
            case Pool::kNone: return produce_all(convolved, value, rows, out, row);
            case Pool::kMax:
                return with_size(size, [&](auto known) {
                    produce_maxima(convolved, known, value, rows, out, row);
                });
            case Pool::kAverage: return produce_means(convolved, size, value, rows, out, row);
        }
    });
}

LaneSums consume_rows(const BlockSpec& spec, Shape convolved, const Pointwise& values, Rows rows,
                  const Vec* from, float mean, Vec* gradient) {
    Sink sink = {values.outputs, mean, gradient};
    const int size = spec.pool_size;
    with_value(spec, values, [&](const auto& value) {
        switch (spec.pool) {
            case Pool::kNone: return consume_all(convolved, value, rows, from, sink);
            case Pool::kMax:
                return with_size(size, [&](auto known) {
                    consume_maxima(convolved, known, value, rows, from, sink);
                });
            case Pool::kAverage: return consume_means(convolved, size, value, rows, from, sink);
        }
    });
    const bool whole = convolved.height % size == 0 && convolved.width % size == 0;
    if (!whole && rows.last == convolved.height / size) clear_uncovered(convolved, size, gradient);
    return sink.sums;
}

void convolution_gradient(Order order, const Vec* gradient, const Vec* outputs, Slope slope,
                          Mask real, int count, Vec* out) {
    switch (order) {
        case Order::kNone: return go_back<false, false>(gradient, outputs, slope, real, count, out);
        case Order::kRelu: return go_back<true, false>(gradient, outputs, slope, real, count, out);
        case Order::kReluNorm: return go_back<true, true>(gradient, outputs, slope, real, count, out);
        default: return go_back<false, true>(gradient, outputs, slope, real, count, out);
    }
}

}  // namespace engine
