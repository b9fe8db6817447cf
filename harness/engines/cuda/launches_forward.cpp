#include "launch_staged.hpp"

namespace engine::cuda {

namespace {

struct Filters {
    int outputs, inputs, kernel;
};

// The planes that a convolution reads and writes.
struct Convolving {
    Planes in, out;
    const float* weights;
    size_t weights_seed;
    Filters filters;
    Shape result;
    bool rectify;
    int tiles, seeds;
    const Room& room;
};

template <int K, int CB>
void add_convolution(Launched& launched, const Convolving& work) {
    Convolve<K, CB> body{};
    body.in = work.in;
    body.out = work.out;
    body.weights = work.weights;
    body.weights_seed = work.weights_seed;
    body.inputs = work.filters.inputs;
    body.kernel = work.filters.kernel;
    body.outputs = work.filters.outputs;
    body.height = work.result.height;
    body.width = work.result.width;
    body.pairs = divide_up(work.result.height, 2) * work.result.width;
    body.rectify = work.rectify;
    body.planes = divide_up(work.filters.outputs, CB);
    body.count = 2 * body.pairs * work.tiles;
    if constexpr (K == 3 && CB >= 8)
        if (add_staged(launched, body, work.room, work.seeds)) return;
    add(launched, body, work.seeds);
}

template <int K>
void add_convolution_by(int together, Launched& launched, const Convolving& work) {
    switch (together) {
        case 1: return add_convolution<K, 1>(launched, work);
        case 2: return add_convolution<K, 2>(launched, work);
        case 5: return add_convolution<K, 5>(launched, work);
        case 8: return add_convolution<K, 8>(launched, work);
        case 10: return add_convolution<K, 10>(launched, work);
        default: return add_convolution<K, 4>(launched, work);
    }
}

void add_convolution(int together, Launched& launched, const Convolving& work) {
    switch (work.filters.kernel) {
        case 1: return add_convolution_by<1>(together, launched, work);
        case 3: return add_convolution_by<3>(together, launched, work);
        default: return add_convolution<0, 4>(launched, work);
    }
}

}  // namespace

void Launches::put_images(Launched& launched, int count) const {
    DrawnImages given{};
    given.images = {at<uint8_t>(memory_.train_images), at<float>(memory_.greys), group_.image};
    given.draws = {at_or_null<float>(memory_.brightness), at_or_null<float>(memory_.contrast),
                   at_or_null<uint8_t>(memory_.contrast_first), at_or_null<double>(memory_.affine),
                   at_or_null<int>(memory_.erase)};
    given.order = at<int>(memory_.order);
    given.rules = at<Rule>(memory_.rules);
    given.clock = clock();
    given.order_seed = group_.places;
    given.batch = group_.batch;
    float* means = at<float>(memory_.means);
    if (group_.contrast) add(launched, MeanGreys{given, means, 1, kLanes * count}, group_.seeds);
    const BlockMemory& first = memory_.blocks()[0];
    add(launched,
        PutImages{given, means, within(first.in_data, first.in), count,
                  divide_up(count, kLanes) * group_.image.channels,
                  kLanes * divide_up(group_.image.positions(), PutImages::kTogether)},
        group_.seeds);
}

void Launches::pack(Launched& launched) const {
    add(launched,
        Pack{at<int>(memory_.source_map), at<float>(memory_.values),
             at<float>(memory_.packed_weights), memory_.parameters(), 1, memory_.packed()},
        group_.seeds);
}

void Launches::convolve(Launched& launched, const BlockMemory& block, int tiles) const {
    const FilterShape filters = block.layout.filters();
    add_convolution(block.forward.together, launched,
                    {planes(block.in_data, block.in),
                     planes(block.outputs_data, block.outputs),
                     at<float>(memory_.packed_weights) + block.forward.first,
                     static_cast<size_t>(memory_.packed()),
                     {filters.outputs, filters.inputs, filters.kernel},
                     block.layout.convolved(),
                     rectifies_first(block.layout.spec().order),
                     tiles,
                     group_.seeds,
                     room_});
}

// From the gradient of a block's outputs to the gradient of the result of the block before.
void Launches::convolve_back(Launched& launched, size_t n, int tiles) const {
    const BlockMemory &block = memory_.blocks()[n], &before = memory_.blocks()[n - 1];
    const FilterShape filters = block.layout.filters();
    Planes from = planes(block.convolution_gradient_data, block.convolution_gradient);
    from.data += block.layout.gradient_crop() * (from.row + kLanes);
    add_convolution(block.back.together, launched,
                    {from,
                     planes(before.result_gradient_data, before.result_gradient),
                     at<float>(memory_.packed_weights) + block.back.first,
                     static_cast<size_t>(memory_.packed()),
                     {filters.inputs, filters.outputs, filters.kernel},
                     block.layout.input(),
                     false,
                     tiles,
                     group_.seeds,
                     room_});
}

void Launches::normalise(Launched& launched, const BlockMemory& block, int count) const {
    const Layout& layout = block.layout;
    const int channels = layout.spec().channels, tiles = divide_up(count, kLanes);
    Statistics body{};
    body.outputs = planes(block.outputs_data, block.outputs);
    body.running_means = at<float>(memory_.running) + block.first_running;
    body.running_seed = memory_.statistics();
    body.moments = moments();
    body.channels = channels;
    body.tiles = tiles;
    body.images = count;
    body.height = layout.convolved().height;
    body.width = layout.convolved().width;
    body.strip = layout.strip_from(0).count();
    body.planes = 1;
    body.count = kLanes * tiles * channels;
    add(launched, body, group_.seeds);
    add(launched,
        EndStatistics{normalised(block), body.moments, tiles, 1, channels,
                      layout.values_a_channel(count)},
        group_.seeds);
}

// The block's result: the next one's input, or the scores.
void Launches::produce(Launched& launched, size_t n, int tiles, bool training) const {
    const BlockMemory& block = memory_.blocks()[n];
    const BlockSpec& spec = block.layout.spec();
    const bool last = n + 1 == memory_.blocks().size();
    with_kind(spec.pool, spec.dropout && training, [&](auto pool, auto dropout) {
        Produce<decltype(pool)::value, decltype(dropout)::value> body{};
        body.values = values_of(block);
        body.out = last ? planes(memory_.scores_data, memory_.scores())
                        : within(memory_.blocks()[n + 1].in_data, memory_.blocks()[n + 1].in);
        body.width = block.layout.output().width;
        body.planes = tiles * spec.channels;
        body.count = 2 * block.layout.output().positions();
        add(launched, body, group_.seeds);
    });
}

}  // namespace engine::cuda
