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

// One channel's numbers, broadcast.
template <Affine affine, bool dropout>
struct Value {
    explicit Value(const Pointwise& values)
        : outputs(values.outputs),
          masks(values.masks),
          scale(broadcast(values.scale)),
          shift(broadcast(values.shift)),
          kept(broadcast(values.kept_scale)) {}

    ENGINE_INLINE Vec scaled(int i) const {
        if (affine != Affine::kNone) return fma(outputs[i], scale, shift);
        return dropout ? outputs[i] * kept : outputs[i];
    }
    // Four bytes are read, of which the first counts: a single instruction brings them to all lanes.
    ENGINE_INLINE Vec dropped(Vec x, int i) const {
        if (!dropout) return x;
        int32_t bits;
        std::memcpy(&bits, masks + i, sizeof bits);
        return keep(x, mask_of_bits(bits));
    }
    ENGINE_INLINE Vec operator()(int i) const {
        const Vec x = scaled(i);
        return dropped(affine == Affine::kScaledRectified ? relu(x) : x, i);
    }
    // From the gradient of a value to that of its normalised output.
    ENGINE_INLINE Vec gradient(Vec g, int i) const {
        g = dropped(dropout ? g * kept : g, i);
        return affine == Affine::kScaledRectified ? keep(g, scaled(i) > Vec{}) : g;
    }

    const Vec* outputs;
    const uint8_t* masks;
    Vec scale, shift, kept;
};

// Calls visit(value) with the channel's Value of the right kind.
template <class Visit>
ENGINE_INLINE auto with_value(const BlockSpec& spec, const Pointwise& values, Visit visit) {
    const Affine affine = affine_of(spec.order);
    if (values.masks) {
        if (affine == Affine::kNone) return visit(Value<Affine::kNone, true>(values));
        if (affine == Affine::kScaled) return visit(Value<Affine::kScaled, true>(values));
        return visit(Value<Affine::kScaledRectified, true>(values));
    }
    if (affine == Affine::kNone) return visit(Value<Affine::kNone, false>(values));
    if (affine == Affine::kScaled) return visit(Value<Affine::kScaled, false>(values));
    return visit(Value<Affine::kScaledRectified, false>(values));
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

// Calls visit(i, few) for i from `first` up to `last`, with sums that are added to `sums` after each
// portion.
template <class Visit>
ENGINE_INLINE void in_portions(int first, int last, LaneSums& sums, Visit visit) {
    constexpr int kPortion = 16, kChains = 4;  // decide the order of sums, and so the bits
    LaneSums total = sums;
    int i = first;
    for (; i + kPortion <= last; i += kPortion) {
        Sums few[kChains];  // side by side, so that additions need not wait for one another
        ENGINE_UNROLL for (int k = 0; k < kPortion; ++k) visit(i + k, few[k % kChains]);
        few[0].add(few[2]);
        few[1].add(few[3]);
        few[0].add(few[1]);
        total.add(few[0]);
    }
    Sums few;
    for (; i < last; ++i) visit(i, few);
    total.add(few);
    sums = total;
}

template <class V>
void produce_all(Shape shape, const V& value, Rows rows, Vec* out, int row) {
    for (int y = rows.first, i = y * shape.width; y < rows.last; ++y, out += row)
        for (int x = 0; x < shape.width; ++x, ++i) out[x] = value(i);
}

// The largest value of the square whose upper left corner is given.
template <class V, class Size>
ENGINE_INLINE Vec largest(const V& value, int corner, Size size, int width) {
    Vec most = value(corner);
    for (int dy = 0; dy < size; ++dy)
        for (int dx = 0; dx < size; ++dx) most = larger(most, value(corner + dy * width + dx));
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
            for (int dx = 0; dx < size; ++dx) sum += value(corner + dy * shape.width + dx);
        out[y * row + x] = sum / count;
    });
}

// Where gradients go: stored, and added to the sums.
struct Sink {
    const Vec* outputs;
    Vec mean;
    Vec* gradient;
    LaneSums sums{};

    ENGINE_INLINE void put(int i, Vec g, Sums& few) {
        gradient[i] = g;
        few.first += g;
        few.second = fma(g, outputs[i] - mean, few.second);
    }
};

template <class V>
void consume_all(Shape shape, const V& value, Rows rows, const Vec* from, Sink& sink) {
    const int first = rows.first * shape.width, last = rows.last * shape.width;
    in_portions(first, last, sink.sums, [&](int i, Sums& few) {
        sink.put(i, value.gradient(from[i - first], i), few);
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
                const Mask hit = (value(i) == most) & open;
                open &= ~hit;
                sink.put(i, value.gradient(keep(whole, hit), i), window);
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
                sink.put(i, value.gradient(share, i), few);
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
    const Vec shift = broadcast(origin);
    in_portions(0, count, sums, [&](int i, Sums& few) {
        if (rectify) values[i] = relu(values[i]);
        const Vec distance = values[i] - shift;
        few.first += distance;
        few.second = fma(distance, distance, few.second);
    });
}

}  // namespace

void add_moments(Vec* values, int count, float origin, bool rectify, LaneSums& sums) {
    if (rectify) return add_shifted<true>(values, count, origin, sums);
    add_shifted<false>(values, count, origin, sums);
}

void rectify(Vec* values, int count) {
    for (int i = 0; i < count; ++i) values[i] = relu(values[i]);
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
    Sink sink = {values.outputs, broadcast(mean), gradient};
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
    const Vec a = broadcast(slope.slope), b = broadcast(slope.against_output),
              c = broadcast(slope.constant);
    switch (order) {
        case Order::kNone:
            for (int i = 0; i < count; ++i) out[i] = keep(gradient[i], real);
            return;
        case Order::kRelu:
            for (int i = 0; i < count; ++i) out[i] = keep(gradient[i], real & (outputs[i] > Vec{}));
            return;
        case Order::kReluNorm:
            for (int i = 0; i < count; ++i)
                out[i] = keep(fma(a, gradient[i], fma(b, outputs[i], c)), real & (outputs[i] > Vec{}));
            return;
        default:
            for (int i = 0; i < count; ++i)
                out[i] = keep(fma(a, gradient[i], fma(b, outputs[i], c)), real);
    }
}

}  // namespace engine
