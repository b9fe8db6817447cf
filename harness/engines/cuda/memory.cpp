#include "memory.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "dropout.cuh"
#include "images.cuh"

namespace engine::cuda {

namespace {

// How many output channels a thread of the convolution takes, which share the loads of the inputs.
// It affects no result.
int outputs_together(int outputs, int kernel) {
    if (kernel != 1 && kernel != 3) return 4;
    int best = 1;
    double least = std::numeric_limits<double>::max();
    for (const int n : {1, 2, 4, 5, 8, 10}) {
        const double cost = divide_up(outputs, n) * n * (1 + 2.0 / n);
        if (cost < least) least = cost, best = n;
    }
    return best;
}

// The portions in which the way back (backward.cpp) hands rows to `correlate`.
Portions portions_of(const Layout& layout) {
    Portions result{};
    const int rows = rows_summed_together(layout.convolved().width);
    for (int top = 0, seen = 0; top < layout.input().height;) {
        const Rows strip = layout.input_strip_from(top);
        const int last = layout.gradient_behind(strip.last);
        for (int row = seen; row < last; row += rows) {
            if (result.count == kMostPortions)
                throw std::invalid_argument("a block has too many rows");
            result.first[result.count++] = static_cast<uint16_t>(row);
        }
        seen = std::max(seen, last);
        top = strip.last;
    }
    result.first[result.count] = static_cast<uint16_t>(layout.convolved().height);
    return result;
}

}  // namespace

PlaneSizes::PlaneSizes(Shape shape, int padding) : padding(padding) {
    const int width = shape.width + 2 * padding, height = shape.height + 2 * padding;
    // Consecutive planes are in different banks of the caches.
    const int positions = (height * width + 2) / 4 * 4 + 1;
    row = width * kLanes;
    plane = positions * kLanes;
    tile = shape.channels * plane;
}

bool Memory::sums_directly(const Layout& layout) const {
    constexpr int kFewSeeds = 4;  // keep a device busy only if their portions are apart
    return group_.seeds > kFewSeeds && layout.spec().kernel == 3 && layout.input().channels > 1;
}

Memory::Memory(const Group& group) : group_(group), scores_({group.classes, 1, 1}, 0) {
    if (group.blocks.empty()) throw std::invalid_argument("a network needs a block");
    if (group.batch < 1 || group.seeds < 1) throw std::invalid_argument("nothing is to be trained");
    lay_out();
    take_numbers();
    take_epoch();
    take_blocks();
}

RegionNumber Memory::take(const std::string& name, size_t bytes) {
    regions_.push_back({name, bytes});
    return regions_.size() - 1;
}

RegionNumber Memory::take_given(const std::string& name, size_t bytes) {
    given_.push_back({take(name, bytes), take("next " + name, bytes)});
    return given_.back().place;
}

// Threads read beyond the last row and column, without effect.
RegionNumber Memory::take_planes(const std::string& name, const PlaneSizes& sizes) {
    const size_t floats = group_.seeds * sizes.seed(group_.tiles()) + 2 * sizes.row + 16 * kLanes;
    return take(name, floats * sizeof(float));
}

size_t Memory::bytes() const {
    size_t sum = 0;
    for (const Region& region : regions_) sum += region.bytes;
    return sum;
}

Packed Memory::pack(int outputs, int inputs, int kernel) {
    const Packed result = {outputs_together(outputs, kernel), packed_};
    packed_ += divide_up(outputs, result.together) * inputs * kernel * kernel * result.padded();
    return result;
}

void Memory::lay_out() {
    Shape shape = group_.image;
    int dropouts = 0;
    for (const BlockSpec& spec : group_.blocks) {
        const Layout layout(spec, shape);
        const bool first = blocks_.empty();
        const int padding = layout.gradient_padding();
        BlockMemory block = {layout,
                             sums_directly(layout),
                             parameters_,
                             statistics_,
                             filters_,
                             static_cast<int>(masks_),
                             pack(spec.channels, shape.channels, spec.kernel),
                             first ? Packed{} : pack(shape.channels, spec.channels, spec.kernel),
                             portions_of(layout),
                             1,
                             PlaneSizes(shape, spec.padding),
                             PlaneSizes(layout.convolved(), 0),
                             PlaneSizes(layout.output(), 0),
                             PlaneSizes(layout.convolved(), first ? 0 : padding),
                             0,
                             0,
                             0,
                             0,
                             0,
                             0};
        if (!first) blocks_.back().moment_strip = layout.input_strip_from(0).count();
        const int normalised = layout.normalised() ? 2 * spec.channels : 0;
        parameters_ += layout.filters().count() + normalised;
        statistics_ += normalised;
        filters_ += layout.filters().count();
        if (spec.dropout) {
            masks_ += divide_up(group_.tiles() * layout.convolved().count(), 4) * size_t{4};
            ++dropouts;
        }
        blocks_.push_back(block);
        shape = layout.output();
    }
    if (shape.positions() != 1 || shape.channels != group_.classes)
        throw std::invalid_argument("the last block must leave one position, a channel a class");
    if (dropouts > kMostDropouts) throw std::invalid_argument("too many blocks have dropout");
}

void Memory::take_numbers() {
    const size_t seeds = group_.seeds, floats = seeds * sizeof(float), batch = group_.batch;
    values = take("values", floats * parameters_);
    gradients = take("gradients", floats * parameters_);
    velocity = take("velocity", floats * parameters_);
    running = take("running", floats * statistics_);
    rules = take("rules", seeds * sizeof(Rule));
    packed_weights = take("packed weights", floats * packed_);
    source_map = take("source", sizeof(int) * packed_);
    parameter_map = take("parameter of", sizeof(int) * filters_);
    lane_sums = take("lane sums", floats * filters_ * kLanes);
    masks = take("masks", seeds * masks_ * group_.mask_places());
    means = take("means", floats * batch);
    losses = take("losses", seeds * batch * sizeof(double));
    hits = take("hits", seeds * batch);
    scores_data = take_planes("scores", scores_);
}

void Memory::take_epoch() {
    const size_t seeds = group_.seeds, steps_each = group_.steps;
    const size_t places = seeds * group_.places, tests = group_.test_images;
    const size_t pixels = group_.image.count();
    paces = take_given("paces", seeds * steps_each * sizeof(Pace));
    starts = take_given("starts", masks_ ? seeds * steps_each * kGenerators * kSeedWords * 8 : 0);
    order = take_given("order", places * sizeof(int));
    brightness = take_given("brightness", group_.brightness ? places * sizeof(float) : 0);
    contrast = take_given("contrast", group_.contrast ? places * sizeof(float) : 0);
    contrast_first =
        take_given("contrast first", group_.brightness || group_.contrast ? places : 0);
    affine = take_given("affine", group_.affine ? places * 6 * sizeof(double) : 0);
    erase = take_given("erase", group_.erase ? places * 4 * sizeof(int) : 0);
    steps = take("steps", steps_each * sizeof(Step));
    now = take("now", seeds * sizeof(int));
    outcomes = take("outcomes", seeds * steps_each * sizeof(Outcome));
    train_images = take("training images", group_.train_images * pixels);
    train_labels = take("training labels", group_.train_images);
    test_images = take("test images", tests * pixels);
    test_labels = take("test labels", tests);
    greys = take("greys", 256 * sizeof(float) * group_.image.channels);
    test_losses = take("test losses", seeds * tests * sizeof(double));
    predicted = take("predicted", seeds * tests);
    test_outcomes = take("test outcomes", seeds * sizeof(Outcome));
}

void Memory::take_blocks() {
    const size_t seeds = group_.seeds, tiles = group_.tiles();
    for (size_t n = 0; n < blocks_.size(); ++n) {
        BlockMemory& b = blocks_[n];
        const std::string of = " " + std::to_string(n + 1);
        const size_t channel_count = b.layout.spec().channels;
        b.in_data = take_planes("input" + of, b.in);
        b.outputs_data = take_planes("outputs" + of, b.outputs);
        b.result_gradient_data = take_planes("result gradient" + of, b.result_gradient);
        b.convolution_gradient_data =
            take_planes("convolution gradient" + of, b.convolution_gradient);
        b.channels = take("channels" + of, seeds * channel_count * sizeof(Channel));
        const size_t floats = tiles * b.portions.count * b.layout.filters().count() * kLanes;
        b.parts = take("parts" + of, b.summed_directly ? 0 : seeds * floats * sizeof(float));
        moments_ = std::max(moments_, channel_count * tiles * b.moment_strips());
    }
    moments = take("moments", seeds * moments_ * sizeof(Two));
}

std::vector<int> Memory::source() const {
    std::vector<int> source(packed_, -1);
    for (size_t n = 0; n < blocks_.size(); ++n) {
        const BlockMemory& b = blocks_[n];
        const FilterShape filters = b.layout.filters();
        const int square = filters.kernel * filters.kernel;
        const auto at = [&](Packed packed, int inputs, int output, int input, int tap) -> int& {
            const int block = output / packed.together, within = output % packed.together;
            const int row = (block * inputs + input) * square + tap;
            return source[packed.first + row * packed.padded() + within];
        };
        int parameter = b.first_parameter;
        for (int o = 0; o < filters.outputs; ++o)
            for (int i = 0; i < filters.inputs; ++i)
                for (int tap = 0; tap < square; ++tap, ++parameter) {
                    at(b.forward, filters.inputs, o, i, tap) = parameter;
                    // Back: inputs and outputs swapped, rows and columns reversed.
                    if (n > 0) at(b.back, filters.outputs, i, o, square - 1 - tap) = parameter;
                }
    }
    return source;
}

std::vector<int> Memory::parameter_of() const {
    std::vector<int> result;
    for (const BlockMemory& b : blocks_)
        for (int i = 0; i < b.layout.filters().count(); ++i)
            result.push_back(b.first_parameter + i);
    return result;
}

}  // namespace engine::cuda
