#include "values.hpp"

namespace engine {

namespace {

// Shares the gradients of as many windows as a register holds values out among these: visit(i, dy,
// dx, gradient of the normalised output). Of a maximum, the first of the largest values takes all.
template <Pool pool, int Width, class V, class Size, class Visit>
ENGINE_INLINE void share_out(const V& value, int corner, Size size, int width, Wide<Width> whole,
                             Visit visit) {
    if constexpr (pool == Pool::kMax) {
        const Wide<Width> most = largest<Width>(value, corner, size, width);
        WideMask<Width> open = ~WideMask<Width>{};
        in_window(corner, size, width, [&](int i, int dy, int dx) {
            const WideMask<Width> hit = (value.template at<Width, kApart<Size>>(i) == most) & open;
            open &= ~hit;
            visit(i, dy, dx, value.template gradient<Width, kApart<Size>>(keep(whole, hit), i));
        });
    } else {
        const Wide<Width> share = whole / broadcast<Width>(static_cast<float>(size * size));
        in_window(corner, size, width, [&](int i, int dy, int dx) {
            visit(i, dy, dx, value.template gradient<Width, kApart<Size>>(share, i));
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

// Adds the parts of so many windows' gradients to sums.
template <Pool pool, int Width, class V, class Size>
ENGINE_INLINE void add_window(const V& value, int corner, Size size, int width, Wide<Width> whole,
                              float mean, SumsOf<Width>& sums) {
    share_out<pool, Width>(value, corner, size, width, whole, [&](int i, int, int, Wide<Width> g) {
        const Wide<Width> output = value.template output<Width, kApart<Size>>(i);
        sums.first += g;
        sums.second = fma(g, output - broadcast<Width>(mean), sums.second);
    });
}

template <class V, class Size>
LaneSums moments_of_maxima(Shape shape, Size size, V value, Rows rows, const Vec* from,
                           float mean) {
    LaneSums sums;
    for (int y = rows.first; y < rows.last; ++y) {
        const Vec* whole = from + y * (shape.width / size);
        Sums few;
        in_windows(shape, size, y, [&](int x, int corner, auto width) {
            SumsOf<width()> window;
            add_window<Pool::kMax, width()>(value, corner, size, shape.width,
                                            load<width()>(whole + x), mean, window);
            few.add_each(window);
        });
        sums.add(few);
    }
    return sums;
}

template <class V>
LaneSums moments_of_means(Shape shape, int size, V value, Rows rows, const Vec* from, float mean) {
    LaneSums sums;
    for (int y = rows.first; y < rows.last; ++y) {
        const Vec* whole = from + y * (shape.width / size);
        Sums few;
        in_windows(shape, size, y, [&](int x, int corner, auto) {
            add_window<Pool::kAverage, 1>(value, corner, size, shape.width, whole[x], mean, few);
        });
        sums.add(few);
    }
    return sums;
}

// From the gradient of normalised outputs to that of the convolution's.
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
void go_back(Shape shape, Back<V> back, Rows rows, const Vec* from, Vec* out, int row) {
    for (int y = rows.first; y < rows.last; ++y)
        in_registers(0, shape.width, [&](int x, auto width) {
            const int i = y * shape.width + x;
            const auto g = back.value.template gradient<width()>(load<width()>(from + i), i);
            store(out + y * row + x, back.template from<width()>(g, i));
        });
}

template <Pool pool, class V, class Size>
void go_back_through(Shape shape, Size size, Back<V> back, Rows rows, const Vec* from, Vec* out,
                     int row) {
    const int columns = shape.width / size;
    for (int y = rows.first / size; (y + 1) * size <= rows.last; ++y)
        in_windows(shape, size, y, [&](int x, int corner, auto width) {
            Vec* first = out + y * size * row + x * size;
            share_out<pool, width()>(
                back.value, corner, size, shape.width, load<width()>(from + y * columns + x),
                [&](int i, int dy, int dx, auto g) {
                    store<kApart<Size>>(first + dy * row + dx,
                                        back.template from<width(), kApart<Size>>(g, i));
                });
        });
    // Rows and columns that no window covers.
    for (int y = rows.first; y < rows.last; ++y)
        for (int x = y < shape.height / size * size ? columns * size : 0; x < shape.width; ++x)
            out[y * row + x] = back.template from<1>(Vec{}, y * shape.width + x);
}

}  // namespace

LaneSums gradient_moments(const BlockSpec& spec, Shape convolved, const Pointwise& values,
                          Rows rows, const Vec* from, float mean) {
    return with_value(spec.order, values, [&](const auto& value) {
        switch (spec.pool) {
            case Pool::kMax:
                return with_size(spec.pool_size, [&](auto size) {
                    return moments_of_maxima(convolved, size, value, rows, from, mean);
                });
            case Pool::kAverage:
                return moments_of_means(convolved, spec.pool_size, value, rows, from, mean);
            default: return moments_of_all(convolved, value, rows, from, mean);
        }
    });
}

void convolution_gradient(const BlockSpec& spec, Shape convolved, const Pointwise& values,
                          Rows rows, const Vec* from, Slope slope, Mask real, Vec* out, int row) {
    with_value(spec.order, values, [&](const auto& value) {
        const Back<std::decay_t<decltype(value)>> back = {value, slope, real};
        switch (spec.pool) {
            case Pool::kMax:
                return with_size(spec.pool_size, [&](auto size) {
                    go_back_through<Pool::kMax>(convolved, size, back, rows, from, out, row);
                });
            case Pool::kAverage:
                return go_back_through<Pool::kAverage>(convolved, spec.pool_size, back, rows, from,
                                                       out, row);
            default: return go_back(convolved, back, rows, from, out, row);
        }
    });
}

}  // namespace engine
