#include "values.hpp"

namespace engine {

namespace {

// Distributes the gradients of as many windows as a register holds values over the windows' values:
// visit(i, dy, dx, gradient of the normalised output). The gradient of a maximum goes to the first
// of the largest values.
template <Pool pool, int Width, class V, class AnyWindow, class Visit>
ENGINE_INLINE void share_out(const V& value, int corner, AnyWindow window, int width,
                             Wide<Width> whole, Visit visit) {
    if constexpr (pool == Pool::kMax) {
        const Wide<Width> most = largest<Width>(value, corner, window, width);
        WideMask<Width> open = ~WideMask<Width>{};
        in_window(corner, window, width, [&](int i, int dy, int dx) {
            const WideMask<Width> hit =
                (value.template at<Width, kApart<AnyWindow>>(i) == most) & open;
            open &= ~hit;
            visit(i, dy, dx,
                  value.template gradient<Width, kApart<AnyWindow>>(keep(whole, hit), i));
        });
    } else {
        const Wide<Width> share =
            whole / broadcast<Width>(static_cast<float>(window.height * window.width));
        in_window(corner, window, width, [&](int i, int dy, int dx) {
            visit(i, dy, dx, value.template gradient<Width, kApart<AnyWindow>>(share, i));
        });
    }
}

template <class V>
LaneSums moments_of_all(Shape shape, V value, Rows rows, const Vec* from, float mean) {
    LaneSums sums;
    in_portions(rows.first * shape.width, rows.last * shape.width, sums, [&](int i, auto& few) {
        constexpr int kWidth = std::decay_t<decltype(few)>::kWidth;
        const auto g = value.template gradient<kWidth>(load<kWidth>(from + i), i);
        few.first += g;
        few.second = fma(g, value.template output<kWidth>(i) - broadcast<kWidth>(mean), few.second);
    });
    return sums;
}

// Adds the parts of the gradients of `Width` windows to sums.
template <Pool pool, int Width, class V, class AnyWindow>
ENGINE_INLINE void add_window(const V& value, int corner, AnyWindow window, int width,
                              Wide<Width> whole, float mean, SumsOf<Width>& sums) {
    share_out<pool, Width>(
        value, corner, window, width, whole, [&](int i, int, int, Wide<Width> g) {
            const Wide<Width> output = value.template output<Width, kApart<AnyWindow>>(i);
            sums.first += g;
            sums.second = fma(g, output - broadcast<Width>(mean), sums.second);
        });
}

template <class V, class AnyWindow>
LaneSums moments_of_maxima(Shape shape, AnyWindow window, V value, Rows rows, const Vec* from,
                           float mean) {
    LaneSums sums;
    for (int y = rows.first; y < rows.last; ++y) {
        const Vec* whole = from + y * (shape.width / window.width);
        Sums few;
        in_windows(shape, window, y, [&](int x, int corner, auto width) {
            SumsOf<width()> parts;
            add_window<Pool::kMax, width()>(value, corner, window, shape.width,
                                            load<width()>(whole + x), mean, parts);
            few.add_each(parts);
        });
        sums.add(few);
    }
    return sums;
}

template <class V>
LaneSums moments_of_means(Shape shape, Window window, V value, Rows rows, const Vec* from,
                          float mean) {
    LaneSums sums;
    for (int y = rows.first; y < rows.last; ++y) {
        const Vec* whole = from + y * (shape.width / window.width);
        Sums few;
        in_windows(shape, window, y, [&](int x, int corner, auto) {
            add_window<Pool::kAverage, 1>(value, corner, window, shape.width, whole[x], mean, few);
        });
        sums.add(few);
    }
    return sums;
}

// From the gradient of normalised outputs to the gradient of the convolution's outputs.
template <class V>
struct Back {
    V value;
    Slope slope;
    Mask real;

    template <int Width, int Apart = 1>
    ENGINE_INLINE Wide<Width> from(Wide<Width> g, int i) const {
        const Wide<Width> output = value.template output<Width, Apart>(i);
        if (V::kNormalised)
            g = fma(broadcast<Width>(slope.slope), g,
                    fma(broadcast<Width>(slope.against_output), output,
                        broadcast<Width>(slope.constant)));
        WideMask<Width> mask = repeat<Width>(real);
        if (V::kRectifiedFirst) mask &= output > Wide<Width>{};
        return keep(g, mask);
    }
};

template <class V>
void go_back(Shape shape, Back<V> back, const Vec* from, Rows rows, Lines out) {
    for (int y = rows.first; y < rows.last; ++y)
        in_registers(0, shape.width, [&](int x, auto width) {
            const int i = y * shape.width + x;
            const auto g = back.value.template gradient<width()>(load<width()>(from + i), i);
            store(out.first + y * out.row + x, back.template from<width()>(g, i));
        });
}

template <Pool pool, class V, class AnyWindow>
void go_back_through(Shape shape, AnyWindow window, Back<V> back, const Vec* from, Rows rows,
                     Lines out) {
    const int columns = shape.width / window.width;
    for (int y = rows.first / window.height; (y + 1) * window.height <= rows.last; ++y)
        in_windows(shape, window, y, [&](int x, int corner, auto width) {
            Vec* first = out.first + y * window.height * out.row + x * window.width;
            share_out<pool, width()>(
                back.value, corner, window, shape.width, load<width()>(from + y * columns + x),
                [&](int i, int dy, int dx, auto g) {
                    store<kApart<AnyWindow>>(first + dy * out.row + dx,
                                             back.template from<width(), kApart<AnyWindow>>(g, i));
                });
        });
    // Rows and columns that no window covers.
    const int covered_rows = shape.height / window.height * window.height;
    const int covered_columns = columns * window.width;
    for (int y = rows.first; y < rows.last; ++y)
        for (int x = y < covered_rows ? covered_columns : 0; x < shape.width; ++x)
            out.first[y * out.row + x] = back.template from<1>(Vec{}, y * shape.width + x);
}

}  // namespace

LaneSums gradient_moments(const Channel& channel, Rows rows, const Vec* from, float mean) {
    const BlockSpec& spec = channel.layout.spec();
    const Shape shape = channel.layout.convolved();
    return with_value(spec.order, channel.values, [&](const auto& value) {
        switch (spec.pool) {
            case Pool::kMax:
                return with_window(spec.window, [&](auto window) {
                    return moments_of_maxima(shape, window, value, rows, from, mean);
                });
            case Pool::kAverage:
                return moments_of_means(shape, spec.window, value, rows, from, mean);
            default: return moments_of_all(shape, value, rows, from, mean);
        }
    });
}

void convolution_gradient(const Channel& channel, const Gradient& gradient, Rows rows, Lines out) {
    const BlockSpec& spec = channel.layout.spec();
    const Shape shape = channel.layout.convolved();
    const Vec* from = gradient.of_result;
    with_value(spec.order, channel.values, [&](const auto& value) {
        const Back<std::decay_t<decltype(value)>> back = {value, gradient.slope, gradient.real};
        switch (spec.pool) {
            case Pool::kMax:
                return with_window(spec.window, [&](auto window) {
                    go_back_through<Pool::kMax>(shape, window, back, from, rows, out);
                });
            case Pool::kAverage:
                return go_back_through<Pool::kAverage>(shape, spec.window, back, from, rows, out);
            default: return go_back(shape, back, from, rows, out);
        }
    });
}

}  // namespace engine
