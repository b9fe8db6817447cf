// Trains the native engine's made-up cases, several seeds in a group, and compares everything byte
// for byte with the native engine. Prints what tests/native/driver.cpp prints of each case, for the
// first seed.
//
//     driver STEPS BATCH RANDOM SHAPES SEEDS [KERNELS]
//
// RANDOM, SHAPES: random networks after those of models/, as there; SEEDS: in a group; KERNELS:
// what NVRTC made of entries.cu, to run on a GPU; without it the device is emulated. All seeds
// continue in another group half-way. Those after the first have different recipes; one diverges,
// two begin with weights that are not finite.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "device_of.hpp"
#include "trained_group.hpp"

using namespace cases;

namespace {

int differences = 0;
long compared = 0;

// The same bits, or no number either.
template <class T>
bool same(T a, T b) {
    return std::memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

struct Where {
    const char* name;
    int step, seed;
};

template <class T>
void compare(Where where, const char* what, const T* native, const T* made, size_t count) {
    compared += static_cast<long>(count);
    for (size_t i = 0; i < count; ++i) {
        if (same(native[i], made[i])) continue;
        std::fprintf(stderr, "%s: step %d, seed %d: %s %zu of %zu is %.9g, not %.9g\n", where.name,
                     where.step, where.seed, what, i, count, double(made[i]), double(native[i]));
        if (++differences > 20) std::exit(1);
        return;
    }
}

void compare(Where where, const char* what, const std::vector<float>& native,
             const std::vector<float>& made) {
    if (native.size() != made.size()) std::exit(std::fprintf(stderr, "%s: sizes\n", what));
    compare(where, what, native.data(), made.data(), native.size());
}

void compare(Where where, const char* what, Outcome native, Outcome made) {
    compare(where, what, &native.loss, &made.loss, 1);
    compare(where, what, &native.correct, &made.correct, 1);
}

// A seed's recipe. The first is that of tests/native/driver.cpp.
Own own_of(int seed, int batch) {
    const Settings settings = {batch, 5243, 0.1, {true, 1e-4f, 1e-5f, 1e-5f}};
    Own own = {settings, {0.02f, 0.9f}, true, true, true, true, 1, false};
    if (seed == 0) return own;
    own.settings.dropout_threshold = seed % 3 == 1 ? 0 : 9000 * (seed % 6);
    own.settings.label_smoothing = seed % 2 ? 0 : 0.05;
    own.settings.descent = {seed % 2 == 0, 1e-3f * seed, seed % 3 ? 0 : 1e-4f, 1e-5f * seed};
    own.pace = {0.01f * seed, seed % 4 == 1 ? 0 : 0.8f};
    own.brightness = seed % 2 == 0;
    own.contrast = seed % 3 == 0;
    own.affine = seed % 4 < 2;
    own.erase = seed % 4 > 1;
    own.fill = seed;
    own.smooth = seed % 8 >= 4;
    return own;
}

// Without dropout a network has no place for it.
std::vector<BlockSpec> with_dropout(std::vector<BlockSpec> specs, bool wanted) {
    for (BlockSpec& spec : specs) spec.dropout = spec.dropout && wanted;
    return specs;
}

std::vector<float> greys_of(Shape image) {
    std::vector<float> greys(256 * image.channels);
    for (size_t i = 0; i < greys.size(); ++i) greys[i] = (i % 256 / 255.0f - 0.1307f) / 0.3081f;
    return greys;
}

// One seed on the native engine.
struct NativeSeed {
    NativeSeed(const std::vector<BlockSpec>& specs, const Data& data, const Own& own, Source source)
        : own(own),
          source(source),
          network(with_dropout(specs, own.settings.dropout_threshold > 0),
                  ImageFormat(data.task.image, greys_of(data.task.image)), data.task.classes,
                  own.settings) {
        start(network, this->source);
    }

    RandomBatch draw(const Data& data, int count) {
        RandomBatch made(data, count, source);
        Draws& draws = made.batch.draws;
        if (!own.brightness) draws.brightness = nullptr;
        if (!own.contrast) draws.contrast = nullptr;
        if (!own.affine) draws.affine = nullptr;
        if (!own.erase) draws.erase = nullptr;
        if (!own.brightness || !own.contrast) draws.contrast_first = nullptr;
        draws.fill = static_cast<uint8_t>(own.fill);
        draws.smooth = own.smooth;
        return made;
    }

    Own own;
    Source source;
    Network network;
};

// Makes some seeds after the second go wrong, if the network has enough weights.
void spoil(std::vector<NativeSeed>& seeds) {
    if (seeds.size() > 3) seeds[3].own.pace.rate = 1e20f;
    if (seeds.size() > 4) seeds[4].network.values()[0] = HUGE_VALF;
    if (seeds.size() > 5) seeds[5].network.values()[0] = std::nanf("");
}

class Case {
public:
    Case(const char* name, const std::vector<BlockSpec>& specs, const Data& data, int steps,
         int batch, int seeds, Source source, const DeviceOf& device_of)
        : name_(name), data_(data), device_of_(device_of), hash_(0xCBF29CE484222325ull) {
        seeds_.reserve(seeds);
        for (int s = 0; s < seeds; ++s)
            seeds_.emplace_back(specs, data, own_of(s, batch), Source{source.state + 1000u * s});
        spoil(seeds_);
        const bool contrast = has_contrast(data.task.image.channels);
        group_ = {specs,
                  data.task.image,
                  data.task.classes,
                  batch,
                  seeds,
                  kImages,
                  kImages,
                  steps * batch,
                  steps,
                  2,
                  true,
                  contrast,
                  true,
                  true};
        draw();
    }

    void train() {
        for (int step = 0; step < group_.steps; ++step) {
            if (step == 0 || step == group_.steps / 2) begin(step);
            take(step);
            if (step % 4 == 3) evaluate(step, 9);
        }
        const Outcome outcome = evaluate(group_.steps, kImages - 3);
        std::printf("%s %016llx loss %.6f, %d of %d correct\n", name_,
                    static_cast<unsigned long long>(hash_), outcome.loss, outcome.correct,
                    kImages - 3);
    }

private:
    // Every third batch is smaller, as the last one of an epoch is.
    void draw() {
        Source& source = seeds_[0].source;
        for (int step = 0; step < group_.steps; ++step) {
            const int count = step % 3 == 2 ? 1 + source.below(group_.batch) : group_.batch;
            batches_.emplace_back();
            for (NativeSeed& seed : seeds_) batches_.back().push_back(seed.draw(data_, count));
        }
    }

    // A group at the weights that the seeds have now, with the steps from that one on.
    void begin(int step) {
        trained_.reset();
        device_.reset();
        device_ = device_of_();
        trained_ =
            std::make_unique<TrainedGroup>(group_, data_, greys_of(data_.task.image), *device_);
        first_ = step;
        for (int s = 0; s < group_.seeds; ++s) {
            trained_->begin(s, seeds_[s].own);
            trained_->set(s, seeds_[s].network);
            for (int later = step; later < group_.steps; ++later)
                trained_->put(s, later - first_, batches_[later][s].batch);
        }
        trained_->started();
    }

    void take(int step) {
        trained_->step(step - first_);
        for (int s = 0; s < group_.seeds; ++s) {
            const Where where = {name_, step, s};
            const Pace pace = seeds_[s].own.pace;
            Network& network = seeds_[s].network;
            compare(where, "outcome", network.differentiate(batches_[step][s].batch),
                    trained_->outcome(s, step - first_));
            network.update(pace.rate, pace.momentum);
            compare(where, "gradient", network.gradients(), trained_->gradients(s));
            compare(where, "value", network.values(), trained_->values(s));
            compare(where, "velocity", network.velocity(), trained_->velocity(s));
            compare(where, "running statistic", network.running(), trained_->running(s));
        }
        hash_ = digest(digest(hash_, trained_->values(0)), trained_->running(0));
    }

    // Returns the first seed's.
    Outcome evaluate(int step, int count) {
        trained_->evaluate(count);
        std::vector<uint8_t> predicted(count);
        for (int s = 0; s < group_.seeds; ++s) {
            const Where where = {name_, step, s};
            const Outcome outcome = seeds_[s].network.evaluate(
                data_.images.data(), data_.labels.data(), count, predicted.data());
            compare(where, "evaluation", outcome, trained_->test_outcome(s));
            compare(where, "prediction", predicted.data(), trained_->predicted(s).data(), count);
        }
        predicted = trained_->predicted(0);
        for (int i = 0; i < count; ++i) hash_ = (hash_ ^ predicted[i]) * 0x100000001B3ull;
        return trained_->test_outcome(0);
    }

    const char* name_;
    const Data& data_;
    const DeviceOf& device_of_;
    uint64_t hash_;
    std::vector<NativeSeed> seeds_;
    std::vector<std::vector<RandomBatch>> batches_;  // of each step and seed
    cuda::Group group_;
    std::unique_ptr<cuda::Device> device_;
    std::unique_ptr<TrainedGroup> trained_;
    int first_ = 0;  // the step with which it began
};

template <class DataOf>
void train_random(const char* kind, int count, int seeds, Source source, const DeviceOf& device_of,
                  DataOf data_of) {
    for (int i = 0; i < count; ++i) {
        char name[32];
        std::snprintf(name, sizeof name, "%s%d", kind, i);
        const Data& data = data_of(source);
        const std::vector<BlockSpec> specs = random_network(data.task, source);
        const int most = 2 + source.below(40);
        Case(name, specs, data, 6, most, seeds, Source{source.next()}, device_of).train();
    }
}

void train_all(char** arguments, const DeviceOf& device_of) {
    const int steps = std::atoi(arguments[1]), batch = std::atoi(arguments[2]);
    const int random = std::atoi(arguments[3]), shapes = std::atoi(arguments[4]);
    const int seeds = std::atoi(arguments[5]);
    const Data mnist = make_data(kMnist);
    const auto train = [&](const char* name, const std::vector<BlockSpec>& specs, const Data& data,
                           uint64_t state) {
        Case(name, specs, data, steps, batch, seeds, Source{state}, device_of).train();
    };
    train("iteration", iteration(), mnist, 11);
    train("final", final_network(), mnist, 12);
    train_random("random", random, seeds, Source{13}, device_of,
                 [&](Source&) -> const Data& { return mnist; });
    if (shapes == 0) return;
    uint64_t state = 20;
    for (const Shaped& one : shaped()) train(one.name, one.specs, make_data(one.task), state++);
    train_random("shape", shapes, seeds, Source{14}, device_of,
                 [](Source& source) { return make_data(random_task(source)); });
}

// Kernels that none of the networks needed: all are to be run with EVERY in the environment, those
// that are staged also with REPROBENCH_STAGED.
int missed(bool on_gpu) {
    int missed = 0;
    for (size_t number = 0; number < cuda::kernel_count(); ++number) {
        const auto kernel = static_cast<cuda::Kernel>(number);
        const bool staged = std::strstr(name_of(kernel), "staged");
        const bool asked = std::getenv("REPROBENCH_STAGED");
        const bool wanted = std::getenv("EVERY") ? !staged || asked || !on_gpu : staged && asked;
        if (!wanted || kernels_run.count(kernel)) continue;
        ++missed;
        std::fprintf(stderr, "not run: %s\n", name_of(kernel));
    }
    return missed;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 6 && count != 7)
        return std::fprintf(stderr, "driver STEPS BATCH RANDOM SHAPES SEEDS [KERNELS]\n"), 2;
    try {
        train_all(arguments, device_of_kernels(count == 7 ? arguments[6] : nullptr));
    } catch (const std::runtime_error& error) {
        return std::fprintf(stderr, "%s\n", error.what()), 2;
    }
    std::fprintf(stderr, "%ld numbers compared, %d differences\n", compared, differences);
    return differences + missed(count == 7) ? 1 : 0;
}
