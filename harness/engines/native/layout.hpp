// The layout of a block in memory, and which rows depend on which. A tile goes through a block in
// strips of rows, each through all stages, so that what one stage hands to the next stays cached.
#pragma once

#include <algorithm>

#include "spec.hpp"

namespace engine {

class Layout {
public:
    // Throws std::invalid_argument if the block is invalid, or does not fit its input.
    Layout(const BlockSpec& spec, Shape input);

    const BlockSpec& spec() const { return spec_; }
    Shape input() const { return input_; }
    Shape convolved() const { return convolved_; }
    Shape output() const { return output_; }
    FilterShape filters() const { return {spec_.channels, input_.channels, spec_.kernel}; }

    bool normalised() const { return normalises(spec_.order); }
    // Whether the convolution's outputs take enough multiplications to be worth keeping.
    bool keeps_outputs() const { return keeps_outputs_; }
    double values_a_channel(int images) const { return double(images) * convolved_.positions(); }

    // In vectors: the input with its padding, and the gradient of the convolution's outputs with as
    // much padding as the way back needs.
    int input_row() const { return input_.width + 2 * spec_.padding; }
    int input_plane() const { return input_row() * (input_.height + 2 * spec_.padding); }
    int gradient_padding() const { return std::max(0, spec_.kernel - 1 - spec_.padding); }
    // Outer rows and columns of the gradient that do not affect the input, if its padding is wide.
    int gradient_crop() const { return std::max(0, spec_.padding - spec_.kernel + 1); }
    int gradient_row() const { return convolved_.width + 2 * gradient_padding(); }
    int gradient_plane() const {
        return gradient_row() * (convolved_.height + 2 * gradient_padding());
    }

    // The strip of the convolution's rows, or of the input's, that begins with `row`.
    Rows strip_from(int row) const { return {row, std::min(row + strip_, convolved_.height)}; }
    Rows input_strip_from(int row) const { return {row, std::min(row + strip_, input_.height)}; }
    // The end of the rows that the rows before `row` depend on: rows of the input for the
    // convolution, rows of the convolution for the result, and rows of the convolution's gradient
    // for the input's gradient.
    int input_behind(int row) const;
    int outputs_behind(int row) const;
    int gradient_behind(int row) const;
    // The rows of the input that a strip of the convolution needs and the strip before did not.
    Rows new_input_of(Rows strip) const;
    // The end of the windows that rows of the convolution before `row` are part of.
    int windows_until(int row) const;

private:
    BlockSpec spec_;
    Shape input_, convolved_, output_;
    bool keeps_outputs_;
    int strip_;  // rows
};

}  // namespace engine
