// A group of seeds on a device, given what the native engine is given.
#pragma once

#include <set>

#include "../native/cases.hpp"
#include "device.hpp"
#include "fastest.hpp"

namespace cases {

inline std::set<cuda::Kernel> kernels_run;  // by all groups

// What is the seed's own in a group: recipes of one architecture differ in it.
struct Own {
    Settings settings;
    Pace pace;
    bool brightness, contrast, affine, erase;
    int fill;
    bool smooth;
};

class TrainedGroup {
public:
    TrainedGroup(const cuda::Group& group, const Data& data, const std::vector<float>& greys,
                 cuda::Device& device)
        : memory_(group),
          device_(device),
          addresses_(device.take(memory_.regions())),
          launches_(memory_, addresses_, device.room()),
          given_(memory_.regions().size()) {
        upload(memory_.train_images, data.images);
        upload(memory_.train_labels, data.labels);
        upload(memory_.test_images, data.images);
        upload(memory_.test_labels, data.labels);
        upload(memory_.greys, greys);
        upload(memory_.source_map, memory_.source());
        upload(memory_.parameter_map, memory_.parameter_of());
        for (int step = 0; step < group.steps; ++step)
            at<cuda::Step>(memory_.steps)[step] = {step * group.batch, 0};
    }

    const cuda::Group& group() const { return memory_.group(); }

    // What decides a seed's numbers.
    void begin(int seed, const Own& own) {
        const Settings& settings = own.settings;
        const uint32_t threshold = settings.dropout_threshold;
        at<cuda::Rule>(memory_.rules)[seed] = {
            settings.descent, settings.label_smoothing,
            threshold,        static_cast<float>(65536.0 / (65536 - threshold)),
            own.fill,         own.smooth};
        std::fill_n(of<Pace>(memory_.paces, seed), group().steps, own.pace);
    }
    void set(int seed, Network& from) {
        upload(memory_.values, from.values(), seed);
        upload(memory_.velocity, from.velocity(), seed);
        upload(memory_.running, from.running(), seed);
    }
    // To be called once the seeds have all that they are given.
    void started() {
        for (size_t region = 0; region < given_.size(); ++region)
            if (!given_[region].empty()) upload(region, given_[region]);
        device_.run(noted(launches_.begin()));
    }

    // A seed's batch of a step.
    void put(int seed, int step, const Batch& batch) {
        at<cuda::Step>(memory_.steps)[step].count = batch.count;
        const size_t first = size_t(seed) * group().places + step * group().batch;
        for (int i = 0; i < batch.count; ++i) {
            at<int>(memory_.order)[first + i] = static_cast<int>(batch.chosen[i]);
            put_draws(first + i, i, batch.draws);
        }
        if (memory_.regions()[memory_.starts].bytes)
            std::memcpy(of<uint64_t>(memory_.starts, seed) + 24 * step, batch.dropout_seed,
                        sizeof batch.dropout_seed);
    }

    // The kernels of a step, and before it those of the dropout masks of some, from that step on.
    cuda::Launched draw_masks(int first_step) const { return launches_.draw_masks(first_step); }
    cuda::Launched kernels_of_step(int count) const { return launches_.step(count); }
    cuda::Launched kernels_of_evaluation() const { return launches_.evaluation(kImages); }
    int fastest() {
        return cuda::fastest(device_, launches_, group(), [this] { begin_epoch(); });
    }
    // The clock goes back to the first step.
    void begin_epoch() { upload(memory_.now, std::vector<int>(group().seeds)); }
    void step(int number) {
        const int ahead = group().steps_ahead;
        if (number == 0) device_.run(noted(draw_masks(0)));
        run(kernels_of_step(at<cuda::Step>(memory_.steps)[number].count),
            number % ahead == 0 ? draw_masks(number + ahead) : cuda::Launched{});
    }
    Outcome outcome(int seed, int step) {
        return outcome_of(download<cuda::Outcome>(memory_.outcomes, seed)[step]);
    }
    void evaluate(int count) { run(launches_.evaluation(count)); }
    Outcome test_outcome(int seed) {
        return outcome_of(download<cuda::Outcome>(memory_.test_outcomes, seed)[0]);
    }
    std::vector<uint8_t> predicted(int seed) { return download<uint8_t>(memory_.predicted, seed); }
    size_t bytes() const { return memory_.bytes(); }

    std::vector<float> values(int seed) { return download<float>(memory_.values, seed); }
    std::vector<float> gradients(int seed) { return download<float>(memory_.gradients, seed); }
    std::vector<float> velocity(int seed) { return download<float>(memory_.velocity, seed); }
    std::vector<float> running(int seed) { return download<float>(memory_.running, seed); }

private:
    static const cuda::Launched& noted(const cuda::Launched& launched) {
        for (const cuda::Launch& launch : launched) kernels_run.insert(launch.kernel);
        return launched;
    }
    // In one stream and in several, with other kernels beside them.
    void run(const cuda::Launched& launched, const cuda::Launched& beside = {}) {
        constexpr int kMost = 3;
        const int streams = 1 + runs_++ % kMost;
        device_.run(*device_.record(cuda::in_streams(noted(launched), group().seeds, streams)),
                    beside);
    }
    static Outcome outcome_of(const cuda::Outcome& made) {
        return {made.loss, static_cast<int>(made.correct)};
    }
    size_t bytes_each(cuda::RegionNumber region) const {
        return memory_.regions()[region].bytes / group().seeds;
    }
    unsigned char* address(cuda::RegionNumber region, int seed) const {
        return static_cast<unsigned char*>(addresses_[region]) + seed * bytes_each(region);
    }
    template <class T>
    void upload(cuda::RegionNumber region, const std::vector<T>& from, int seed = 0) {
        if (!from.empty())
            device_.upload(address(region, seed), from.data(), from.size() * sizeof(T));
    }
    template <class T>
    std::vector<T> download(cuda::RegionNumber region, int seed) {
        std::vector<T> made(bytes_each(region) / sizeof(T));
        if (!made.empty())
            device_.download(made.data(), address(region, seed), made.size() * sizeof(T));
        return made;
    }
    // What is to be uploaded when the group starts.
    template <class T>
    T* at(cuda::RegionNumber region) {
        std::vector<unsigned char>& given = given_[region];
        if (given.empty()) given.resize(memory_.regions()[region].bytes);
        return reinterpret_cast<T*>(given.data());
    }
    template <class T>
    T* of(cuda::RegionNumber region, int seed) {
        return at<T>(region) + seed * (bytes_each(region) / sizeof(T));
    }

    // What leaves an image as it is, where a seed has no such draws.
    void put_draws(size_t place, int i, const Draws& draws) {
        const double same[6] = {1, 0, 0, 0, 1, 0};
        const cuda::Group& group = this->group();
        if (group.brightness)
            at<float>(memory_.brightness)[place] = draws.brightness ? draws.brightness[i] : 1;
        if (group.contrast)
            at<float>(memory_.contrast)[place] = draws.contrast ? draws.contrast[i] : 1;
        if (group.brightness || group.contrast)
            at<uint8_t>(memory_.contrast_first)[place] =
                draws.contrast_first && draws.contrast_first[i];
        if (group.affine)
            std::copy_n(draws.affine ? draws.affine + 6 * i : same, 6,
                        at<double>(memory_.affine) + 6 * place);
        for (int k = 0; group.erase && k < 4; ++k)
            at<int>(memory_.erase)[4 * place + k] =
                draws.erase ? static_cast<int>(draws.erase[4 * i + k]) : 0;
    }

    cuda::Memory memory_;
    cuda::Device& device_;
    std::vector<void*> addresses_;
    cuda::Launches launches_;
    std::vector<std::vector<unsigned char>> given_;
    size_t runs_ = 0;
};

}  // namespace cases
