// A block's values between its convolution and the next one: normalisation, ReLU, dropout, pooling.
#pragma once

#include "views.cuh"

namespace engine::cuda {

// A block's values before they are pooled.
struct Values {
    Planes outputs;           // of the convolution, after a ReLU that comes first
    const Channel* channels;  // [seed][channel]
    const uint8_t* masks;     // [step % mask_places][seed][tile][channel][position], a bit per lane
    size_t masks_seed, masks_step;
    const int* now;  // [seed]
    int mask_places;
    int channel_count, height, width, positions;
    int normalised, rectified_first, rectified_last;
    Window window;

    DEVICE const Channel& channel(int seed, int c) const {
        return channels[seed * channel_count + c];
    }
    DEVICE const uint8_t* masks_of(int seed, int tile, int c) const {
        return masks + now[seed] % mask_places * masks_step + seed * masks_seed +
               (tile * channel_count + c) * positions;
    }
    DEVICE int corner(int y, int x) const { return y * window.height * width + x * window.width; }
};

// One channel of a block. `kept` is whether the mask keeps the value. There are no branches, so
// that the loads of many positions can be issued together.
template <bool dropout>
struct Value {
    float scale, shift, kept_scale;
    int normalised, rectified_last;

    Value() = default;
    DEVICE Value(const Values& v, const Channel& channel)
        : scale(channel.scale),
          shift(channel.shift),
          kept_scale(channel.kept_scale),
          normalised(v.normalised),
          rectified_last(v.rectified_last) {}
    DEVICE float scaled(float x) const {
        const float affine = fused(x, scale, shift), plain = dropout ? x * kept_scale : x;
        return normalised ? affine : plain;
    }
    DEVICE float at(float x, bool kept) const {
        x = scaled(x);
        x = rectified_last ? rectified(x) : x;
        return !dropout | kept ? x : 0.0f;
    }
    // From the gradient of a value to the gradient of its normalised output.
    DEVICE float gradient(float g, float x, bool kept) const {
        if (dropout) g = kept ? g * kept_scale : 0.0f;
        const bool open = !rectified_last | (scaled(x) > 0.0f);
        return open ? g : 0.0f;
    }
};

// A channel of a tile, to be read in four lanes.
template <bool dropout>
struct FourLanes {
    Value<dropout> value;
    const float* outputs;
    const uint8_t* masks;
    int lane;

    DEVICE FourLanes(const Values& values, int seed, int tile, int c, int lane)
        : value(values, values.channel(seed, c)),
          outputs(values.outputs.at(seed, tile, c, 0, 0) + lane),
          masks(dropout ? values.masks_of(seed, tile, c) : nullptr),
          lane(lane) {}
    DEVICE float4 output(int place) const { return load4(outputs + place * kLanes); }
    DEVICE unsigned bits(int place) const { return dropout ? load(masks + place) >> lane : 0; }
    DEVICE float4 at(int place) const {
        const float4 x = output(place);
        const unsigned kept = bits(place);
        return make_float4(value.at(x.x, bit(kept, 0)), value.at(x.y, bit(kept, 1)),
                           value.at(x.z, bit(kept, 2)), value.at(x.w, bit(kept, 3)));
    }
};

// The largest value of a window, given its corner.
template <class At>
DEVICE float4 largest4(const Values& values, int corner, At at) {
    float4 most = at(corner);
    for (int dy = 0; dy < values.window.height; ++dy)
        for (int dx = 0; dx < values.window.width; ++dx)
            most = larger4(most, at(corner + dy * values.width + dx));
    return most;
}

// The block's result, four lanes of a position. The plane is tile * channels + channel.
template <Pool pool, bool dropout>
struct Produce {
    static constexpr int kThreads = 256, kBlocks = 4;
    Values values;
    Planes out;
    int width, planes, count;  // of the result

    DEVICE float4 mean(const FourLanes<dropout>& lanes, int corner) const {
        float4 sum = make_float4(0, 0, 0, 0);
        for (int dy = 0; dy < values.window.height; ++dy)
            for (int dx = 0; dx < values.window.width; ++dx) {
                const float4 v = lanes.at(corner + dy * values.width + dx);
                sum = make_float4(sum.x + v.x, sum.y + v.y, sum.z + v.z, sum.w + v.w);
            }
        const float n = static_cast<float>(values.window.height * values.window.width);
        return make_float4(sum.x / n, sum.y / n, sum.z / n, sum.w / n);
    }

    DEVICE void operator()(int seed, int plane, int i) const {
        const int lane = (i & 1) * 4, p = i >> 1;
        const int tile = plane / values.channel_count, c = plane - tile * values.channel_count;
        const int y = p / width, x = p - y * width;
        const FourLanes<dropout> lanes(values, seed, tile, c, lane);
        float4 result;
        if (pool == Pool::kNone) result = lanes.at(p);
        else if (pool == Pool::kAverage) result = mean(lanes, values.corner(y, x));
        else result = largest4(values, values.corner(y, x), [&](int at) { return lanes.at(at); });
        store4(out.at(seed, tile, c, y, x) + lane, result);
    }
};

}  // namespace engine::cuda
