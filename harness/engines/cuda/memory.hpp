// The layout of a group of seeds in the device's memory: its regions, and where in them the parts
// of each block begin. Nothing here needs a device.
#pragma once

#include <string>
#include <vector>

#include "../native/layout.hpp"
#include "views.cuh"

namespace engine::cuda {

// The seeds that are trained side by side, of recipes with one architecture and batch size.
struct Group {
    std::vector<BlockSpec> blocks;
    Shape image;
    int classes, batch, seeds;
    int train_images, test_images;
    int places, steps;  // of an epoch: images in its order, and batches of them
    int steps_ahead;    // whose dropout masks are drawn at once, beside as many steps before them
    bool brightness, contrast, affine, erase;  // which augmentations any of the seeds has

    int tiles() const { return divide_up(batch, kLanes); }
    int mask_places() const { return 2 * steps_ahead; }  // of steps
};

// A region of memory, by its place among all regions.
struct Region {
    std::string name;
    size_t bytes;
};
using RegionNumber = size_t;

// What seeds are given for an epoch has two places of the same size: the kernels read one while the
// other takes what is for the epoch after.
struct Given {
    RegionNumber place, next;
};

// Planes with their padding; the distance from one to the next suits the caches.
struct PlaneSizes {
    PlaneSizes(Shape shape, int padding);
    int padding, row, plane, tile;  // in floats
    size_t seed(int tiles) const { return size_t(tiles) * tile; }
};

// Weights in the order in which a convolution reads them: output channels `together` at a time.
struct Packed {
    int together, first;
    int padded() const { return divide_up(together, 4) * 4; }
};

// Where a block is in the regions.
struct BlockMemory {
    Layout layout;
    bool summed_directly;  // the filters' gradient, without the portions' sums in memory
    int first_parameter, first_running, first_filter, first_mask;
    Packed forward, back;  // back: not in the first block
    Portions portions;
    int moment_strip;  // rows of the result whose gradients are summed together
    PlaneSizes in, outputs, result_gradient, convolution_gradient;
    RegionNumber in_data, outputs_data, result_gradient_data, convolution_gradient_data, channels,
        parts;

    int first_scale() const { return first_parameter + layout.filters().count(); }
    int moment_strips() const { return divide_up(layout.output().height, moment_strip); }
};

class Memory {
public:
    // Throws std::invalid_argument for an invalid network, or one that the kernels do not cover.
    explicit Memory(const Group& group);

    const Group& group() const { return group_; }
    const std::vector<Region>& regions() const { return regions_; }
    const std::vector<Given>& given() const { return given_; }
    const std::vector<BlockMemory>& blocks() const { return blocks_; }
    size_t bytes() const;
    int parameters() const { return parameters_; }
    int statistics() const { return statistics_; }
    int filters() const { return filters_; }
    int packed() const { return packed_; }
    size_t masks_seed() const { return masks_; }
    size_t moments_seed() const { return moments_; }
    const PlaneSizes& scores() const { return scores_; }
    // The content of the regions `source_map` and `parameter_map`.
    std::vector<int> source() const;
    std::vector<int> parameter_of() const;

    // One per seed, unless the comment says otherwise.
    RegionNumber values, gradients, velocity, running;  // floats
    RegionNumber rules, paces, starts;                  // Rule; [step] Pace; [step][8][3] words
    RegionNumber order, brightness, contrast, contrast_first, affine, erase;  // [place]
    RegionNumber steps;  // Step: of an epoch, for all seeds
    RegionNumber now;    // int
    RegionNumber train_images, train_labels, test_images, test_labels, greys;  // of all seeds
    RegionNumber outcomes, test_outcomes, predicted;  // [step] Outcome; Outcome; [test image]
    RegionNumber source_map, parameter_map;           // int, of all seeds
    RegionNumber packed_weights, lane_sums, moments, masks, means, losses, hits, test_losses,
        scores_data;

private:
    RegionNumber take(const std::string& name, size_t bytes);
    RegionNumber take_given(const std::string& name, size_t bytes);
    RegionNumber take_planes(const std::string& name, const PlaneSizes& sizes);
    bool sums_directly(const Layout& layout) const;
    void lay_out();
    void take_blocks();
    void take_numbers();
    void take_epoch();
    Packed pack(int outputs, int inputs, int kernel);

    Group group_;
    std::vector<Region> regions_;
    std::vector<Given> given_;
    std::vector<BlockMemory> blocks_;
    int parameters_ = 0, statistics_ = 0, filters_ = 0, packed_ = 0;
    size_t masks_ = 0, moments_ = 0;
    PlaneSizes scores_;
};

}  // namespace engine::cuda
