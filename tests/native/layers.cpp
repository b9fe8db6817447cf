// The share of the processor's multiply-add peak that the kernels reach, layer by layer of the
// published networks. Peak and kernels are measured in turn, so that both see the same clock.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "kernels.hpp"
#include "memory.hpp"
#include "wide.hpp"

using namespace engine;

namespace {

constexpr int kRounds = 15;

struct Layer {
    const char* network;
    int outputs, inputs, kernel, side;  // side: of the convolution's result
};

constexpr Layer kLayers[] = {
    {"iteration", 10, 1, 3, 26},  {"iteration", 10, 10, 3, 24}, {"iteration", 10, 10, 1, 24},
    {"iteration", 16, 10, 3, 10}, {"iteration", 16, 16, 3, 8},  {"iteration", 16, 16, 3, 6},
    {"final", 16, 10, 3, 24},     {"final", 10, 16, 1, 24},     {"final", 10, 10, 3, 10},
    {"final", 32, 10, 1, 10},     {"final", 10, 32, 1, 10},     {"final", 10, 10, 3, 8},
    {"final", 14, 10, 3, 6},      {"final", 16, 14, 3, 4},
};

template <class Work>
double seconds(int repeats, Work work) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < repeats; ++i) work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() /
           repeats;
}

constexpr int kChains = 12;

// Chains of multiply-adds in registers with different starts; the result keeps them from being
// optimised away.
__attribute__((noinline)) float multiply_add_chains(int steps, float start) {
    const auto factor = broadcast<kWidest>(0.999f), term = broadcast<kWidest>(start);
    Wide<kWidest> chains[kChains];
    ENGINE_UNROLL
    for (int c = 0; c < kChains; ++c) chains[c] = broadcast<kWidest>(start * c);
    for (int step = 0; step < steps; ++step) {
        ENGINE_UNROLL
        for (int c = 0; c < kChains; ++c) chains[c] = fma(chains[c], factor, term);
    }
    Wide<kWidest> sum{};
    ENGINE_UNROLL
    for (int c = 0; c < kChains; ++c) sum += chains[c];
    return sum[0];
}

// The least seconds that a multiply-add of vectors takes.
double at_peak() {
    constexpr int kSteps = 100000;
    [[maybe_unused]] static volatile float sink;
    const double took = seconds(1, [] { sink = multiply_add_chains(kSteps, 1); });
    return took / (double(kChains) * kWidest * kSteps);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// Strips of about as many positions as the engine takes through the kernels together.
int strip(int side) { return std::min(side, 96 / side + 1); }

void measure(const Layer& layer) {
    const int wide = layer.side + layer.kernel - 1, plane = wide * wide,
              positions = layer.side * layer.side;
    VecBuffer in(size_t(std::max(layer.inputs, layer.outputs)) * plane);
    VecBuffer out(size_t(std::max(layer.inputs, layer.outputs)) * positions);
    const int filters = layer.outputs * layer.inputs * layer.kernel * layer.kernel;
    VecBuffer sums(filters);
    const std::vector<float> weights(filters, 0.01f);
    const FilterShape shape = {layer.outputs, layer.inputs, layer.kernel};
    const PackedFilters forward(shape, weights.data());
    const PackedFilters back({layer.inputs, layer.outputs, layer.kernel}, weights.data());
    const Planes input = {in.get(), wide, plane};
    const Filled whole = {0, wide, 0, wide};
    Ahead ahead;  // fetches nothing: everything is in the caches
    const MutablePlanes output = {out.get(), layer.side, positions};
    const auto in_strips = [&](auto kernel) {
        for (int y = 0; y < layer.side; y += strip(layer.side))
            kernel(y, std::min(strip(layer.side), layer.side - y));
    };
    std::vector<double> shares[3];
    for (int round = 0; round < kRounds; ++round) {
        const double best = at_peak() * filters * positions;
        const double took[3] = {
            seconds(20,
                    [&] {
                        in_strips([&](int y, int rows) {
                            convolve({forward, input.from(y, 0), whole, output.from(y, 0), rows,
                                      layer.side},
                                     ahead);
                        });
                    }),
            // Over as many positions as forward, so that times per position can be compared.
            seconds(20,
                    [&] {
                        in_strips([&](int y, int rows) {
                            convolve({back, input.from(y, 0), whole, output.from(y, 0), rows,
                                      layer.side},
                                     ahead);
                        });
                    }),
            seconds(20,
                    [&] {
                        in_strips([&](int y, int rows) {
                            correlate({shape, constant(output.from(y, 0)), input.from(y, 0), rows,
                                       layer.side, sums.get()},
                                      ahead);
                        });
                    }),
        };
        for (int i = 0; i < 3; ++i) shares[i].push_back(best / took[i]);
    }
    std::printf("%-10s %2d -> %2d  %dx%d  %2dx%-2d   %7.2f %7.2f %7.2f\n", layer.network,
                layer.inputs, layer.outputs, layer.kernel, layer.kernel, layer.side, layer.side,
                median(shares[0]), median(shares[1]), median(shares[2]));
}

}  // namespace

int main() {
    std::printf("multiply-add peak: %.0f GFLOP/s on one core\n\n", 16e-9 / at_peak());
    std::printf("share of peak                      forward    back  filters\n");
    for (const Layer& layer : kLayers) measure(layer);
}
