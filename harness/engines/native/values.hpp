// One channel of a tile between its convolution and the next one: what its values are and in which
// order they are visited.
#pragma once

#include <type_traits>

#include "pointwise.hpp"

namespace engine {

// A channel's values, before they are pooled. Those of a register lie `Apart` from one another; i
// is the place of the first.
template <Order order, bool dropout>
struct Value {
    static constexpr bool kNormalised = order >= Order::kNorm;
    static constexpr bool kRectifiedFirst = order == Order::kRelu || order == Order::kReluNorm;
    static constexpr bool kRectifiedLast = order == Order::kNormRelu;

    template <int Width, int Apart = 1>
    ENGINE_INLINE Wide<Width> output(int i) const {
        return load<Width, Apart>(channel.outputs + i);
    }

    template <int Width, int Apart = 1>
    ENGINE_INLINE Wide<Width> at(int i) const {
        const Wide<Width> x = scaled<Width, Apart>(i);
        return dropped<Apart>(kRectifiedLast ? relu(x) : x, i);
    }

    // From the gradient of a value to that of its normalised output.
    template <int Width, int Apart = 1>
    ENGINE_INLINE Wide<Width> gradient(Wide<Width> g, int i) const {
        g = dropped<Apart>(dropout ? g * broadcast<Width>(channel.kept_scale) : g, i);
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
    template <int Apart, class Values>
    ENGINE_INLINE Values dropped(Values x, int i) const {
        if constexpr (dropout) return keep_bits<Apart>(x, channel.masks + i);
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

// Calls visit(size) with a number known at compile time where the squares are 2 x 2.
template <class Visit>
ENGINE_INLINE auto with_size(int size, Visit visit) {
    return size == 2 ? visit(std::integral_constant<int, 2>{}) : visit(size);
}

// How far apart the values of windows side by side lie, where that is known at compile time.
template <class Size>
constexpr int kApart = 1;
template <int size>
constexpr int kApart<std::integral_constant<int, size>> = size;

// Calls visit(i, width) for i from `first` up to `last`, as many at a time as a register holds.
template <class Visit>
ENGINE_INLINE void in_registers(int first, int last, Visit visit) {
    int i = first;
    for (; i + kWidest <= last; i += kWidest) visit(i, std::integral_constant<int, kWidest>{});
    if (kWidest > 1)
        for (; i < last; ++i) visit(i, std::integral_constant<int, 1>{});
}

// Calls visit(x, corner, width) for the squares that are pooled into row y of the result, for
// several side by side where their size is known: their values then lie that far apart. The corner
// is the place of the upper left value.
template <class Size, class Visit>
ENGINE_INLINE void in_windows(Shape shape, Size size, int y, Visit visit) {
    const int columns = shape.width / size, first = y * size * shape.width;
    if constexpr (kApart<Size> > 1)
        in_registers(0, columns, [&](int x, auto width) { visit(x, first + x * size, width); });
    else
        for (int x = 0; x < columns; ++x)
            visit(x, first + x * size, std::integral_constant<int, 1>{});
}

// Calls visit(i, dy, dx) for the values of a window.
template <class Size, class Visit>
ENGINE_INLINE void in_window(int corner, Size size, int width, Visit visit) {
    for (int dy = 0; dy < size; ++dy)
        for (int dx = 0; dx < size; ++dx) visit(corner + dy * width + dx, dy, dx);
}

// The largest values of as many windows as a register holds values.
template <int Width, class V, class Size>
ENGINE_INLINE Wide<Width> largest(const V& value, int corner, Size size, int width) {
    Wide<Width> most = value.template at<Width, kApart<Size>>(corner);
    in_window(corner, size, width, [&](int i, int, int) {
        most = larger(most, value.template at<Width, kApart<Size>>(i));
    });
    return most;
}

}  // namespace engine
