#include <algorithm>

#include "launch.hpp"

namespace engine::cuda {

const char* name_of(Kernel kernel) {
#define ENGINE_CUDA_NAME(name, ...) #name,
    static const char* const kNames[] = {ENGINE_CUDA_KERNELS(ENGINE_CUDA_NAME, ENGINE_CUDA_NAME,
                                                             ENGINE_CUDA_NAME, ENGINE_CUDA_NAME)};
#undef ENGINE_CUDA_NAME
    return kNames[static_cast<int>(kernel)];
}

Launches::Launches(const Memory& memory, std::vector<void*> addresses, const Room& room)
    : memory_(memory), group_(memory.group()), addresses_(std::move(addresses)), room_(room) {}

Planes Launches::planes(RegionNumber data, const PlaneSizes& sizes) const {
    return {at<float>(data), sizes.row, sizes.plane, sizes.tile, sizes.seed(group_.tiles())};
}

Planes Launches::within(RegionNumber data, const PlaneSizes& sizes) const {
    Planes result = planes(data, sizes);
    result.data += sizes.padding * (sizes.row + kLanes);
    return result;
}

Clock Launches::clock() const {
    return {at<int>(memory_.now), at<Step>(memory_.steps), group_.steps};
}

Moments Launches::moments() const { return {at<Two>(memory_.moments), memory_.moments_seed()}; }

Values Launches::values_of(const BlockMemory& block) const {
    const BlockSpec& spec = block.layout.spec();
    const Shape shape = block.layout.convolved();
    Values v{};
    v.outputs = planes(block.outputs_data, block.outputs);
    v.channels = at<Channel>(block.channels);
    if (spec.dropout) v.masks = at<uint8_t>(memory_.masks) + block.first_mask;
    v.masks_seed = memory_.masks_seed();
    v.masks_step = memory_.masks_seed() * group_.seeds;
    v.now = at<int>(memory_.now);
    v.mask_places = group_.mask_places();
    v.channel_count = spec.channels;
    v.height = shape.height;
    v.width = shape.width;
    v.positions = shape.positions();
    v.normalised = normalises(spec.order);
    v.rectified_first = rectifies_first(spec.order);
    v.rectified_last = spec.order == Order::kNormRelu;
    v.window = spec.window;
    return v;
}

Normalised Launches::normalised(const BlockMemory& block) const {
    const int channels = block.layout.spec().channels;
    float* running = at<float>(memory_.running) + block.first_running;
    return {at<Channel>(block.channels),
            at<float>(memory_.values),
            running,
            running + channels,
            channels,
            block.first_scale(),
            memory_.parameters(),
            memory_.statistics()};
}

Launched Launches::begin() const {
    Launched launched;
    for (const BlockMemory& block : memory_.blocks()) {
        const BlockSpec& spec = block.layout.spec();
        add(launched,
            StartChannels{at<Channel>(block.channels), at<Rule>(memory_.rules), spec.dropout, 1,
                          spec.channels},
            group_.seeds);
    }
    return launched;
}

Launched Launches::draw_masks(int first_step) const {
    Launched launched;
    DrawMasks body{};
    for (const BlockMemory& block : memory_.blocks()) {
        if (!block.layout.spec().dropout) continue;
        body.first[body.parts] = block.first_mask;
        body.positions[body.parts++] = block.layout.convolved().count();
    }
    if (body.parts == 0 || first_step >= group_.steps) return launched;
    body.starts = at<uint64_t>(memory_.starts);
    body.rules = at<Rule>(memory_.rules);
    body.steps = at<Step>(memory_.steps);
    body.masks = at<uint8_t>(memory_.masks);
    body.masks_seed = memory_.masks_seed();
    body.masks_step = memory_.masks_seed() * group_.seeds;
    body.mask_places = group_.mask_places();
    body.step_count = group_.steps;
    body.first_step = first_step;
    body.planes = std::min(group_.steps_ahead, group_.steps - first_step);
    body.count = kGenerators / 2;
    add(launched, body, group_.seeds);
    return launched;
}

Launched Launches::step(int count) const {
    Launched launched;
    const int tiles = divide_up(count, kLanes);
    put_images(launched, count);
    pack(launched);
    for (size_t n = 0; n < memory_.blocks().size(); ++n) {
        const BlockMemory& block = memory_.blocks()[n];
        convolve(launched, block, tiles);
        if (block.layout.normalised()) normalise(launched, block, count);
        produce(launched, n, tiles, true);
    }
    lose(launched, count);
    for (size_t n = memory_.blocks().size(); n-- > 0;) go_back(launched, n, count);
    add(launched,
        FinishFilters{at<float>(memory_.lane_sums), at<int>(memory_.parameter_map),
                      at<float>(memory_.gradients), memory_.parameters(), 1, memory_.filters()},
        group_.seeds);
    add(launched,
        Update{at<float>(memory_.values), at<float>(memory_.velocity), at<float>(memory_.gradients),
               at<Pace>(memory_.paces), at<Rule>(memory_.rules), clock(), 1, memory_.parameters()},
        group_.seeds);
    add(launched, Advance{at<int>(memory_.now), 1, 1}, group_.seeds);
    return launched;
}

Launched Launches::evaluation(int count) const {
    Launched launched;
    pack(launched);
    for (const BlockMemory& block : memory_.blocks())
        if (block.layout.normalised())
            add(launched, UseRunning{normalised(block), 1, block.layout.spec().channels},
                group_.seeds);
    const int together = group_.tiles() * kLanes;
    for (int begin = 0; begin < count; begin += together)
        evaluate_tiles(launched, begin, std::min(together, count - begin));
    add(launched,
        SumTest{at<double>(memory_.test_losses), at<uint8_t>(memory_.predicted),
                at<uint8_t>(memory_.test_labels), at<Outcome>(memory_.test_outcomes),
                group_.test_images, count, 1, 1},
        group_.seeds);
    return launched;
}

// Test images from number `first`, as many as fill a batch's tiles at most.
void Launches::evaluate_tiles(Launched& launched, int first, int count) const {
    const BlockMemory& block = memory_.blocks()[0];
    const int tiles = divide_up(count, kLanes);
    const Images images = {at<uint8_t>(memory_.test_images), at<float>(memory_.greys),
                           group_.image};
    add(launched,
        PutTestImages{images, within(block.in_data, block.in), first, count,
                      tiles * group_.image.channels, kLanes * group_.image.positions()},
        group_.seeds);
    for (size_t n = 0; n < memory_.blocks().size(); ++n) {
        convolve(launched, memory_.blocks()[n], tiles);
        produce(launched, n, tiles, false);
    }
    add(launched,
        Classify{planes(memory_.scores_data, memory_.scores()), at<uint8_t>(memory_.test_labels),
                 at<double>(memory_.test_losses), at<uint8_t>(memory_.predicted),
                 group_.test_images, first, group_.classes, 1, count},
        group_.seeds);
}

}  // namespace engine::cuda
