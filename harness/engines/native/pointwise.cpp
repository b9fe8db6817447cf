#include "pointwise.hpp"

#include "values.hpp"

namespace engine {

namespace {

template <class V>
void produce_all(Shape shape, V value, Rows rows, Lines out) {
    for (int y = rows.first; y < rows.last; ++y, out.first += out.row)
        in_registers(0, shape.width, [&](int x, auto width) {
            store(out.first + x, value.template at<width()>(y * shape.width + x));
        });
}

template <class V, class AnyWindow>
void produce_maxima(Shape shape, AnyWindow window, V value, Rows rows, Lines out) {
    for (int y = rows.first; y < rows.last; ++y, out.first += out.row)
        in_windows(shape, window, y, [&](int x, int corner, auto width) {
            store(out.first + x, largest<width()>(value, corner, window, shape.width));
        });
}

template <class V>
void produce_means(Shape shape, Window window, V value, Rows rows, Lines out) {
    const Vec count = broadcast(static_cast<float>(window.height * window.width));
    for (int y = rows.first; y < rows.last; ++y, out.first += out.row)
        in_windows(shape, window, y, [&](int x, int corner, auto) {
            Vec sum{};
            in_window(corner, window, shape.width,
                      [&](int i, int, int) { sum += value.template at<1>(i); });
            out.first[x] = sum / count;
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

void produce_rows(const Channel& channel, Rows rows, Lines out) {
    const BlockSpec& spec = channel.layout.spec();
    const Shape shape = channel.layout.convolved();
    with_value(spec.order, channel.values, [&](const auto& value) {
        switch (spec.pool) {
            case Pool::kNone: return produce_all(shape, value, rows, out);
            case Pool::kMax:
                return with_window(spec.window, [&](auto window) {
                    produce_maxima(shape, window, value, rows, out);
                });
            case Pool::kAverage: return produce_means(shape, spec.window, value, rows, out);
        }
    });
}

}  // namespace engine
