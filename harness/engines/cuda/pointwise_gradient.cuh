// The way back through pooling, dropout, ReLU and normalisation.
#pragma once

#include "normalise.cuh"

namespace engine::cuda {

// From the gradient of a normalised output to the gradient of the convolution's output.
struct Back {
    Slope slope;
    int normalised, rectified_first;
    Back() = default;
    DEVICE Back(const Values& values, const Channel& channel)
        : slope(channel.slope),
          normalised(values.normalised),
          rectified_first(values.rectified_first) {}
    DEVICE float from(float g, float x, bool real) const {
        const float through = fused(slope.slope, g, fused(slope.against_output, x, slope.constant));
        g = normalised ? through : g;
        const bool open = real & (!rectified_first | (x > 0.0f));
        return open ? g : 0.0f;
    }
};

// Sums of gradients: unit (tile * strips + strip) * channels + channel.
template <Pool pool, bool dropout>
struct GradientMoments {
    static constexpr int kThreads = 128, kBlocks = 6;
    Values values;
    Planes gradient;  // of the result
    Moments moments;  // tile * strips + strip is a unit
    int tiles, images, strips, strip, height, width, planes, count;  // height, width: of the result

    // A channel of a tile in one lane.
    struct Lane {
        Value<dropout> value;
        const float* outputs;
        const uint8_t* masks;
        float mean;
        int lane;
        DEVICE float output(int i) const { return load(outputs + i * kLanes); }
        DEVICE bool kept(int i) const { return dropout ? bit(load(masks + i), lane) : true; }
        DEVICE float at(int i) const { return value.at(output(i), kept(i)); }
        DEVICE void add(int i, float g, Few& few) const {
            const float x = output(i), normal = value.gradient(g, x, kept(i));
            few.first += normal;
            few.second = fused(normal, x - mean, few.second);
        }
    };

    template <class Visit>
    DEVICE void in_window(int corner, Visit visit) const {
        for (int dy = 0; dy < values.window.height; ++dy)
            for (int dx = 0; dx < values.window.width; ++dx) visit(corner + dy * values.width + dx);
    }
    // The gradient goes to the first of the largest values. A window is summed before it is added
    // to its row.
    DEVICE void add_maximum(const Lane& lane, int corner, float whole, Few& row) const {
        float most = lane.at(corner);
        in_window(corner, [&](int i) { most = larger(most, lane.at(i)); });
        Few window = {};
        bool open = true;
        in_window(corner, [&](int i) {
            const bool hit = open && lane.at(i) == most;
            if (hit) open = false;
            lane.add(i, hit ? whole : 0.0f, window);
        });
        row.add(window);
    }
    DEVICE void add_mean(const Lane& lane, int corner, float whole, Few& row) const {
        const float share = whole / static_cast<float>(values.window.height * values.window.width);
        in_window(corner, [&](int i) { lane.add(i, share, row); });
    }

    DEVICE int images_of(int unit) const {
        const int left = images - unit / (values.channel_count * strips) * kLanes;
        return left < kLanes ? left : kLanes;
    }
    DEVICE Two lane_sums(int seed, int unit, int lane_number) const {
        const int rest = unit / values.channel_count, c = unit - rest * values.channel_count;
        const int tile = rest / strips, top = (rest - tile * strips) * strip;
        const int bottom = top + strip < height ? top + strip : height;
        const Channel& channel = values.channel(seed, c);
        const Lane lane = {
            Value<dropout>(values, channel), values.outputs.at(seed, tile, c, 0, 0) + lane_number,
            dropout ? values.masks_of(seed, tile, c) : nullptr, channel.mean, lane_number};
        const float* from = gradient.at(seed, tile, c, 0, 0) + lane_number;
        Two sums = {0, 0};
        if (pool == Pool::kNone)
            in_portions(top * width, bottom * width, sums,
                        [&](int i, Few& few) { lane.add(i, load(from + i * kLanes), few); });
        for (int y = top; y < bottom && pool != Pool::kNone; ++y) {
            Few row = {};
            for (int x = 0; x < width; ++x) {
                const float whole = load(from + (y * width + x) * kLanes);
                if (pool == Pool::kMax) add_maximum(lane, values.corner(y, x), whole, row);
                else add_mean(lane, values.corner(y, x), whole, row);
            }
            sums.first += static_cast<double>(row.first);
            sums.second += static_cast<double>(row.second);
        }
        return sums;
    }
    DEVICE void put(int seed, int unit, Two sums) const {
        const int rest = unit / values.channel_count, c = unit - rest * values.channel_count;
        moments.of(seed, c, tiles * strips)[rest] = sums;
    }
};

// From the gradient of the result to that of the convolution's outputs, in four lanes of a position
// or, before a maximum, of a window. The plane is tile * channels + channel.
template <Pool pool, bool dropout>
struct ConvolutionGradient {
    static constexpr int kThreads = 256, kBlocks = 4;
    Values values;
    Planes gradient, out;  // of the result; of the convolution's outputs
    int images;
    int width;  // positions, or windows, including those that do not fit
    int result_height, result_width, planes, count;

    // Four lanes of a channel of a tile, of which `real` hold images.
    struct Lanes {
        FourLanes<dropout> of;
        Back back;
        int real;
        DEVICE float4 from(int place, float4 g) const {
            const float4 x = of.output(place);
            const unsigned kept = of.bits(place);
            const Value<dropout>& value = of.value;
            return make_float4(back.from(value.gradient(g.x, x.x, bit(kept, 0)), x.x, 0 < real),
                               back.from(value.gradient(g.y, x.y, bit(kept, 1)), x.y, 1 < real),
                               back.from(value.gradient(g.z, x.z, bit(kept, 2)), x.z, 2 < real),
                               back.from(value.gradient(g.w, x.w, bit(kept, 3)), x.w, 3 < real));
        }
        // Positions that are in no window.
        DEVICE float4 uncovered(int place) const {
            const float4 x = of.output(place);
            return make_float4(back.from(0.0f, x.x, 0 < real), back.from(0.0f, x.y, 1 < real),
                               back.from(0.0f, x.z, 2 < real), back.from(0.0f, x.w, 3 < real));
        }
    };

    DEVICE float4 share_of_mean(const Lanes& lanes, int y, int x, float4 whole) const {
        const float n = static_cast<float>(values.window.height * values.window.width);
        return lanes.from(y * values.width + x,
                          make_float4(whole.x / n, whole.y / n, whole.z / n, whole.w / n));
    }
    // The gradient of a maximum goes to the first of the largest values.
    template <class Put>
    DEVICE void share_out(const Lanes& lanes, int y, int x, float4 whole, Put put) const {
        const int corner = values.corner(y, x);
        const float4 most = largest4(values, corner, [&](int at) { return lanes.of.at(at); });
        bool open[4] = {true, true, true, true};
        for (int dy = 0; dy < values.window.height; ++dy)
            for (int dx = 0; dx < values.window.width; ++dx) {
                const int place = corner + dy * values.width + dx;
                const float4 v = lanes.of.at(place);
                const bool hit[4] = {open[0] && v.x == most.x, open[1] && v.y == most.y,
                                     open[2] && v.z == most.z, open[3] && v.w == most.w};
                UNROLLED for (int k = 0; k < 4; ++k) if (hit[k]) open[k] = false;
                const float4 g = make_float4(hit[0] ? whole.x : 0.0f, hit[1] ? whole.y : 0.0f,
                                             hit[2] ? whole.z : 0.0f, hit[3] ? whole.w : 0.0f);
                put(y * values.window.height + dy, x * values.window.width + dx,
                    lanes.from(place, g));
            }
    }
    template <class Put>
    DEVICE void leave_out(const Lanes& lanes, int y, int x, Put put) const {
        const Window window = values.window;
        for (int row = y * window.height; row < (y + 1) * window.height; ++row)
            for (int column = x * window.width; column < (x + 1) * window.width; ++column)
                if (row < values.height && column < values.width)
                    put(row, column, lanes.uncovered(row * values.width + column));
    }

    DEVICE void operator()(int seed, int plane, int i) const {
        const int lane = (i & 1) * 4, p = i >> 1;
        const int tile = plane / values.channel_count, c = plane - tile * values.channel_count;
        const int y = p / width, x = p - y * width;
        const Lanes lanes = {FourLanes<dropout>(values, seed, tile, c, lane),
                             Back(values, values.channel(seed, c)), images - tile * kLanes - lane};
        const auto put = [&](int row, int column, float4 g) {
            store4(out.at(seed, tile, c, row, column) + lane, g);
        };
        const auto whole = [&](int row, int column) {
            return load4(gradient.at(seed, tile, c, row, column) + lane);
        };
        if (pool == Pool::kNone) return put(y, x, lanes.from(p, whole(y, x)));
        const bool windows = pool == Pool::kMax;
        const int row = windows ? y : y / values.window.height;
        const int column = windows ? x : x / values.window.width;
        const bool covered = row < result_height && column < result_width;
        if (windows && covered) share_out(lanes, y, x, whole(y, x), put);
        else if (windows) leave_out(lanes, y, x, put);
        else if (covered) put(y, x, share_of_mean(lanes, y, x, whole(row, column)));
        else put(y, x, lanes.uncovered(p));
    }
};

}  // namespace engine::cuda
