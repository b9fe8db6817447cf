// One channel of a tile between its convolution and the next one: what its values are and in which
// order they are visited.
#pragma once

#include <type_traits>

#include "pointwise.hpp"

namespace engine {

// A channel's values, before they are pooled. The values of a register are `Apart` from one another
// in memory; i is the place of the first.
template <Order order, bool dropout>
struct Value {
    static constexpr bool kNormalised = normalises(order);
    static constexpr bool kRectifiedFirst = rectifies_first(order);
    static constexpr bool kRectifiedLast = order == Order::kNormRelu;

    template <int Width, int Apart = 1>
    ENGINE_INLINE Wide<Width> output(int i) const {
        return load<Width, Apart>(channel.outputs + i);
    }

    template <int Width, int Apart = 1>
    ENGINE_INLINE Wide<Width> at(int i) const {
        const Wide<Width> x = scaled<Width, Apart>(i);
        return dropped<Width, Apart>(kRectifiedLast ? relu(x) : x, i);
    }

    // From the gradient of a value to the gradient of its normalised output.
    template <int Width, int Apart = 1>
    ENGINE_INLINE Wide<Width> gradient(Wide<Width> g, int i) const {
        g = dropped<Width, Apart>(dropout ? g * broadcast<Width>(channel.kept_scale) : g, i);
        return kRectifiedLast ? keep(g, scaled<Width, Apart>(i) > Wide<Width>{}) : g;
    }

    Pointwise channel;

private:
    template <int Width, int Apart>
    ENGINE_INLINE Wide<Width> scaled(int i) const {
        const Wide<Width> x = output<Width, Apart>(i);
        if (kNormalised)
            return fma(x, broadcast<Width>(channel.scale), broadcast<Width>(channel.shift));
        return dropout ? x * broadcast<Width>(channel.kept_scale) : x;
    }
    template <int Width, int Apart>
    ENGINE_INLINE Wide<Width> dropped(Wide<Width> x, int i) const {
        if constexpr (dropout) return keep_bits(x, load_bits<Width, Apart>(channel.masks + i));
        else return x;
    }
};

template <Order order, class Visit>
ENGINE_INLINE auto with_dropout(const Pointwise& values, Visit visit) {
    return values.masks ? visit(Value<order, true>{values}) : visit(Value<order, false>{values});
}

// Calls visit(value) with the channel's Value of the right kind.
template <class Visit>
ENGINE_INLINE auto with_value(Order order, const Pointwise& values, Visit visit) {
    switch (order) {
        case Order::kRelu: return with_dropout<Order::kRelu>(values, visit);
        case Order::kNorm: return with_dropout<Order::kNorm>(values, visit);
        case Order::kReluNorm: return with_dropout<Order::kReluNorm>(values, visit);
        case Order::kNormRelu: return with_dropout<Order::kNormRelu>(values, visit);
        default: return with_dropout<Order::kNone>(values, visit);
    }
}

// A window whose size is known at compile time.
template <int side>
struct Square {
    static constexpr int height = side, width = side;
};

// Calls visit(window), with a size known at compile time if windows are 2 x 2.
template <class Visit>
ENGINE_INLINE auto with_window(Window window, Visit visit) {
    return window.height == 2 && window.width == 2 ? visit(Square<2>{}) : visit(window);
}

// How far apart the values of neighbouring windows are in memory, if known at compile time.
template <class AnyWindow>
constexpr int kApart = 1;
template <int side>
constexpr int kApart<Square<side>> = side;

// Calls visit(i, width) for i from `first` up to `last`, as many at a time as a register holds.
template <class Visit>
ENGINE_INLINE void in_registers(int first, int last, Visit visit) {
    int i = first;
    for (; i + kWidest <= last; i += kWidest) visit(i, std::integral_constant<int, kWidest>{});
    if (kWidest > 1)
        for (; i < last; ++i) visit(i, std::integral_constant<int, 1>{});
}

// Calls visit(x, corner, width) for the windows that are pooled into row y of the result, for
// several neighbouring ones at a time if their size is known, which is how far apart their values
// then are. `corner` is the place of the upper left value.
template <class AnyWindow, class Visit>
ENGINE_INLINE void in_windows(Shape shape, AnyWindow window, int y, Visit visit) {
    const int columns = shape.width / window.width, first = y * window.height * shape.width;
    if constexpr (kApart<AnyWindow> > 1)
        in_registers(0, columns,
                     [&](int x, auto width) { visit(x, first + x * window.width, width); });
    else
        for (int x = 0; x < columns; ++x)
            visit(x, first + x * window.width, std::integral_constant<int, 1>{});
}

// Calls visit(i, dy, dx) for the values of a window in a plane with rows of `width`.
template <class AnyWindow, class Visit>
ENGINE_INLINE void in_window(int corner, AnyWindow window, int width, Visit visit) {
    for (int dy = 0; dy < window.height; ++dy)
        for (int dx = 0; dx < window.width; ++dx) visit(corner + dy * width + dx, dy, dx);
}

// The largest value of each window, for as many windows as a register holds values.
template <int Width, class V, class AnyWindow>
ENGINE_INLINE Wide<Width> largest(const V& value, int corner, AnyWindow window, int width) {
    Wide<Width> most = value.template at<Width, kApart<AnyWindow>>(corner);
    in_window(corner, window, width, [&](int i, int, int) {
        most = larger(most, value.template at<Width, kApart<AnyWindow>>(i));
    });
    return most;
}

}  // namespace engine
