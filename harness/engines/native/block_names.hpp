// Blocks as Python declares them: the same names in every module.
#pragma once

#include <nanobind/nanobind.h>

#include "spec.hpp"

namespace engine {

inline void bind_blocks(nanobind::module_& module) {
    namespace nb = nanobind;
    using namespace nb::literals;
    nb::enum_<Order>(module, "Order")
        .value("NONE", Order::kNone)
        .value("RELU", Order::kRelu)
        .value("NORM", Order::kNorm)
        .value("RELU_NORM", Order::kReluNorm)
        .value("NORM_RELU", Order::kNormRelu);
    nb::enum_<Pool>(module, "Pool")
        .value("NONE", Pool::kNone)
        .value("MAX", Pool::kMax)
        .value("AVERAGE", Pool::kAverage);
    nb::class_<Window>(module, "Window")
        .def(
            "__init__",
            [](Window* self, int height, int width) { new (self) Window{height, width}; },
            nb::kw_only(), "height"_a, "width"_a);
    nb::class_<BlockSpec>(module, "BlockSpec")
        .def(
            "__init__",
            [](BlockSpec* self, int channels, int kernel, int padding, Order order, bool dropout,
               Pool pool, Window window) {
                new (self) BlockSpec{channels, kernel, padding, order, dropout, pool, window};
            },
            nb::kw_only(), "channels"_a, "kernel"_a, "padding"_a, "order"_a, "dropout"_a, "pool"_a,
            "window"_a);
}

}  // namespace engine
