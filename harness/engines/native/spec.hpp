// What a block is, as Python declares it, and the shapes of the values that go through it.
#pragma once

namespace engine {

// The layers between a convolution and its dropout.
enum class Order { kNone, kRelu, kNorm, kReluNorm, kNormRelu };
enum class Pool { kNone, kMax, kAverage };

constexpr bool normalises(Order order) {
    return order == Order::kNorm || order == Order::kReluNorm || order == Order::kNormRelu;
}
constexpr bool rectifies_first(Order order) {
    return order == Order::kRelu || order == Order::kReluNorm;
}

// The size of windows that are pooled into one value; windows do not overlap.
struct Window {
    int height, width;
};

struct BlockSpec {
    int channels;
    int kernel;  // the filters' side
    int padding;
    Order order;
    bool dropout;
    Pool pool;
    Window window;  // 1 x 1 if nothing is pooled
};

struct Shape {
    int channels, height, width;
    int positions() const { return height * width; }
    int count() const { return channels * positions(); }
};

constexpr int kMostSide = 64;  // of an image, in pixels
constexpr int kMostClasses = 256;

// Rows from `first` up to but without `last`.
struct Rows {
    int first, last;
    int count() const { return last - first; }
};

// The shape of a convolution's filters, which are [output][input][row][column] in memory.
struct FilterShape {
    int outputs, inputs, kernel;
    int count() const { return outputs * inputs * kernel * kernel; }
};

}  // namespace engine
