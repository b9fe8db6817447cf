#include "layout.hpp"

#include <stdexcept>

#include "order_of_sums.hpp"

namespace engine {

namespace {

constexpr int kCheap = 10;  // outputs of at most this many multiplications are computed again

BlockSpec checked(const BlockSpec& spec) {
    const Window window = spec.window;
    const bool pooled = spec.pool != Pool::kNone;
    if (spec.channels < 1 || spec.kernel < 1 || spec.padding < 0 || window.height < 1 ||
        window.width < 1 || (!pooled && window.height * window.width != 1))
        throw std::invalid_argument("there is no such block");
    return spec;
}

Shape after_convolution(const BlockSpec& spec, Shape in) {
    const int more = 2 * spec.padding - spec.kernel + 1;
    return {spec.channels, in.height + more, in.width + more};
}

Shape after_pooling(const BlockSpec& spec, Shape in) {
    if (in.height < spec.window.height || in.width < spec.window.width)
        throw std::invalid_argument("a block does not fit");
    return {in.channels, in.height / spec.window.height, in.width / spec.window.width};
}

}  // namespace

Layout::Layout(const BlockSpec& spec, Shape input)
    : spec_(checked(spec)),
      input_(input),
      convolved_(after_convolution(spec, input)),
      output_(after_pooling(spec, convolved_)),
      keeps_outputs_(input.channels * spec.kernel * spec.kernel > kCheap),
      strip_(kStripPositions / convolved_.width + 1) {}

int Layout::input_behind(int row) const {
    return std::min(input_.height, row + spec_.kernel - 1 - spec_.padding);
}

int Layout::outputs_behind(int row) const {
    return std::min(convolved_.height, row * spec_.window.height);
}

int Layout::gradient_behind(int row) const {
    if (row == input_.height) return convolved_.height;
    return std::min(convolved_.height, row + spec_.padding);
}

Rows Layout::new_input_of(Rows strip) const {
    return {strip.first ? std::max(0, input_behind(strip.first)) : 0,
            std::max(0, input_behind(strip.last))};
}

int Layout::windows_until(int row) const {
    const int height = spec_.window.height;
    return std::min((row + height - 1) / height * height, convolved_.height);
}

}  // namespace engine
