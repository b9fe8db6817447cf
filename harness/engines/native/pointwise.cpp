#include "pointwise.hpp"

#include "values.hpp"

namespace engine {

namespace {

template <class V>
void produce_all(Shape shape, V value, Rows rows, Vec* out, int row) {
    for (int y = rows.first; y < rows.last; ++y, out += row)
        in_registers(0, shape.width, [&](int x, auto width) {
            store(out + x, value.template at<width()>(y * shape.width + x));
        });
}

template <class V, class Size>
void produce_maxima(Shape shape, Size size, V value, Rows rows, Vec* out, int row) {
    for (int y = rows.first; y < rows.last; ++y, out += row)
        in_windows(shape, size, y, [&](int x, int corner, auto width) {
            store(out + x, largest<width()>(value, corner, size, shape.width));
        });
}

template <class V>
void produce_means(Shape shape, int size, V value, Rows rows, Vec* out, int row) {
    const Vec count = broadcast(static_cast<float>(size * size));
    for (int y = rows.first; y < rows.last; ++y, out += row)
        in_windows(shape, size, y, [&](int x, int corner, auto) {
            Vec sum{};
            in_window(corner, size, shape.width,
                      [&](int i, int, int) { sum += value.template at<1>(i); });
            out[x] = sum / count;
        });
}

template <bool rectify>
ENGINE_INLINE void add_shifted(Vec* values, int count, float origin, LaneSums& sums) {
    in_portions(0, count, sums, [&](int i, auto& few) {
        constexpr int kWidth = std::decay_t<decltype(few)>::kWidth;
        Wide<kWidth> value = load<kWidth>(values + i);
        if (rectify) store(values + i, value = relu(value));
        const Wide<kWidth> distance = value - broadcast<kWidth>(origin);
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
    in_registers(0, count,
                 [&](int i, auto width) { store(values + i, relu(load<width()>(values + i))); });
}

void produce_rows(const BlockSpec& spec, Shape convolved, const Pointwise& values, Rows rows,
                  Vec* out, int row) {
    with_value(spec.order, values, [&](const auto& value) {
        switch (spec.pool) {
            case Pool::kNone: return produce_all(convolved, value, rows, out, row);
            case Pool::kMax:
                return with_size(spec.pool_size, [&](auto size) {
                    produce_maxima(convolved, size, value, rows, out, row);
                });
            case Pool::kAverage:
                return produce_means(convolved, spec.pool_size, value, rows, out, row);
        }
    });
}

}  // namespace engine
