#include "launch.hpp"

namespace engine::cuda {

namespace {

constexpr int kFirstTogether = 5;  // outputs of CorrelateFirst
constexpr int kPartOutputs = 5, kPartPlaces = 5;

}  // namespace

void Launches::lose(Launched& launched, int count) const {
    const BlockMemory& last = memory_.blocks().back();
    const int images = divide_up(count, kLanes) * kLanes;
    double* losses = at<double>(memory_.losses);
    uint8_t* hits = at<uint8_t>(memory_.hits);
    add(launched,
        Loss{planes(memory_.scores_data, memory_.scores()),
             planes(last.result_gradient_data, last.result_gradient), at<int>(memory_.order),
             at<uint8_t>(memory_.train_labels), at<Rule>(memory_.rules), clock(), losses, hits,
             group_.places, group_.batch, group_.classes, count, 1, images},
        group_.seeds);
    add(launched,
        SumLosses{losses, hits, clock(), at<Outcome>(memory_.outcomes), group_.batch, count, 1, 1},
        group_.seeds);
}

void Launches::go_back(Launched& launched, size_t n, int count) const {
    const BlockMemory& block = memory_.blocks()[n];
    const Layout& layout = block.layout;
    const BlockSpec& spec = layout.spec();
    const int tiles = divide_up(count, kLanes);
    if (layout.normalised()) sum_gradients(launched, block, count);
    if (n == 0 && spec.kernel == 3 && layout.input().channels == 1 && spec.pool == Pool::kNone &&
        spec.channels >= kFirstTogether)
        return correlate_first(launched, count);
    with_kind(spec.pool, spec.dropout, [&](auto pool, auto dropout) {
        ConvolutionGradient<decltype(pool)::value, decltype(dropout)::value> body{};
        const Shape shape = layout.convolved();
        const bool windows = spec.pool == Pool::kMax;
        const int width = windows ? divide_up(shape.width, spec.window.width) : shape.width;
        const int height = windows ? divide_up(shape.height, spec.window.height) : shape.height;
        body.values = values_of(block);
        body.gradient = planes(block.result_gradient_data, block.result_gradient);
        body.out = within(block.convolution_gradient_data, block.convolution_gradient);
        body.images = count;
        body.width = width;
        body.result_height = layout.output().height;
        body.result_width = layout.output().width;
        body.planes = tiles * spec.channels;
        body.count = 2 * width * height;
        add(launched, body, group_.seeds);
    });
    correlate(launched, block, tiles);
    if (n > 0) convolve_back(launched, n, tiles);
}

void Launches::sum_gradients(Launched& launched, const BlockMemory& block, int count) const {
    const Layout& layout = block.layout;
    const int channels = layout.spec().channels, tiles = divide_up(count, kLanes);
    const Moments moments = this->moments();
    with_kind(layout.spec().pool, layout.spec().dropout, [&](auto pool, auto dropout) {
        GradientMoments<decltype(pool)::value, decltype(dropout)::value> body{};
        body.values = values_of(block);
        body.gradient = planes(block.result_gradient_data, block.result_gradient);
        body.moments = moments;
        body.tiles = tiles;
        body.images = count;
        body.strips = block.moment_strips();
        body.strip = block.moment_strip;
        body.height = layout.output().height;
        body.width = layout.output().width;
        body.planes = 1;
        body.count = kLanes * tiles * body.strips * channels;
        add(launched, body, group_.seeds);
    });
    add(launched,
        EndGradients{normalised(block), moments, at<float>(memory_.gradients),
                     tiles * block.moment_strips(), 1, channels, layout.values_a_channel(count)},
        group_.seeds);
}

void Launches::correlate_first(Launched& launched, int count) const {
    const BlockMemory& block = memory_.blocks()[0];
    const int tiles = divide_up(count, kLanes);
    with_kind(Pool::kNone, block.layout.spec().dropout, [&](auto, auto dropout) {
        CorrelateFirst<kFirstTogether, decltype(dropout)::value> body{};
        body.values = values_of(block);
        body.gradient = planes(block.result_gradient_data, block.result_gradient);
        body.in = planes(block.in_data, block.in);
        body.parts = at<float>(block.parts);
        body.parts_seed =
            size_t(group_.tiles()) * block.portions.count * block.layout.filters().count() * kLanes;
        body.outputs = block.layout.spec().channels;
        body.width = block.layout.convolved().width;
        body.images = count;
        body.filters = block.layout.filters().count();
        body.planes = tiles * block.portions.count;
        body.count = kLanes * divide_up(body.outputs, kFirstTogether);
        body.portions = block.portions;
        add(launched, body, group_.seeds);
    });
    join_parts(launched, block, tiles);
}

namespace {

template <int O>
void add_direct(Launched& launched, Correlate3<O> body, int outputs, int seeds) {
    body.units = body.inputs * divide_up(outputs, O);
    body.count = divide_up(body.units, Correlate3<O>::kUnits) * Correlate3<O>::kThreads;
    add(launched, body, seeds);
}

template <class Body>
Body correlating(const BlockMemory& block, Planes gradient, Planes in) {
    Body body{};
    body.gradient = gradient;
    body.in = in;
    body.outputs = block.layout.spec().channels;
    body.width = block.layout.convolved().width;
    body.portions = block.portions;
    return body;
}

}  // namespace

void Launches::correlate(Launched& launched, const BlockMemory& block, int tiles) const {
    const FilterShape filters = block.layout.filters();
    const Planes gradient = within(block.convolution_gradient_data, block.convolution_gradient);
    const Planes in = planes(block.in_data, block.in);
    if (block.summed_directly) {
        if (correlate_staged(launched, block, tiles)) return;
        const auto directly = [&](auto body) {
            body.lane_sums = at<float>(memory_.lane_sums) + size_t(block.first_filter) * kLanes;
            body.sums_seed = size_t(memory_.filters()) * kLanes;
            body.inputs = filters.inputs;
            body.turns = tiles * block.portions.count;
            body.planes = 1;
            add_direct(launched, body, filters.outputs, group_.seeds);
        };
        if (divide_up(filters.outputs, 5) * 5 <= divide_up(filters.outputs, 4) * 4)
            return directly(correlating<Correlate3<5>>(block, gradient, in));
        return directly(correlating<Correlate3<4>>(block, gradient, in));
    }
    auto body = correlating<CorrelateParts<kPartOutputs, kPartPlaces>>(block, gradient, in);
    body.parts = at<float>(block.parts);
    body.parts_seed = size_t(group_.tiles()) * block.portions.count * filters.count() * kLanes;
    body.places = filters.inputs * filters.kernel * filters.kernel;
    body.kernel = filters.kernel;
    body.groups = divide_up(body.places, kPartPlaces);
    body.filters = filters.count();
    body.planes = tiles * block.portions.count;
    body.count = kLanes * body.groups * divide_up(filters.outputs, kPartOutputs);
    add(launched, body, group_.seeds);
    join_parts(launched, block, tiles);
}

void Launches::join_parts(Launched& launched, const BlockMemory& block, int tiles) const {
    const int filters = block.layout.filters().count();
    add(launched,
        CorrelateJoin{at<float>(block.parts),
                      size_t(group_.tiles()) * block.portions.count * filters * kLanes,
                      at<float>(memory_.lane_sums) + size_t(block.first_filter) * kLanes,
                      size_t(memory_.filters()) * kLanes, tiles * block.portions.count, 1,
                      kLanes * filters},
        group_.seeds);
}

}  // namespace engine::cuda
