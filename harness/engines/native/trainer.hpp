// A network with the training images of its batches, for Python.
#pragma once

#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include <cstring>

#include "given.hpp"
#include "network.hpp"

namespace engine {

// Only one thread at a time may use it; it lets other Python threads run meanwhile.
class Trainer {
public:
    using Greys = Array<float, nb::shape<-1, 256>>;
    using Seed = Array<uint64_t, nb::shape<DropoutBits::kGenerators, DropoutBits::kSeedWords>>;

    Trainer(const std::vector<BlockSpec>& blocks, Shape image, int classes,
            const Settings& settings, const Greys& greys, const Array<uint8_t>& images,
            const Labels& labels)
        : images_(images),
          labels_(labels),
          network_(blocks, {image, {greys.data(), greys.data() + greys.size()}}, classes, settings),
          most_(settings.batch) {
        check(images_, labels);
    }

    // Returns the loss, and how many images are classified correctly.
    std::pair<double, int> differentiate(const Array<int64_t, nb::ndim<1>>& chosen,
                                         const GivenDraws& draws, const Seed& seed) {
        const size_t count = chosen.shape(0);
        if (count < 1 || count > static_cast<size_t>(most_))
            throw std::invalid_argument("the batch is empty or larger than declared");
        for (size_t i = 0; i < count; ++i)
            if (chosen.data()[i] < 0 || chosen.data()[i] >= static_cast<int64_t>(images_.count()))
                throw std::invalid_argument("no such image");
        Batch batch = {images_.data(),
                       labels_.data(),
                       chosen.data(),
                       static_cast<int>(count),
                       draws.of(count, images_.shape()),
                       {}};
        std::memcpy(batch.dropout_seed, seed.data(), sizeof batch.dropout_seed);
        nb::gil_scoped_release released;
        const Outcome outcome = network_.differentiate(batch);
        return {outcome.loss, outcome.correct};
    }

    void update(float rate, float momentum) { network_.update(rate, momentum); }

    // Returns the loss and the predicted classes.
    nb::object evaluate(const Array<uint8_t>& given, const Labels& labels) {
        const Images images(given);
        const size_t count = images.count();
        check(images, labels);
        uint8_t* predicted = new uint8_t[count];
        nb::capsule owner(predicted, [](void* p) noexcept { delete[] static_cast<uint8_t*>(p); });
        Outcome outcome;
        {
            nb::gil_scoped_release released;
            outcome =
                network_.evaluate(images.data(), labels.data(), static_cast<int>(count), predicted);
        }
        return nb::make_tuple(outcome.loss,
                              nb::ndarray<nb::numpy, uint8_t>(predicted, {count}, owner));
    }

    // Views of the network's numbers, which keep this object alive.
    auto values() { return view(network_.values()); }
    auto gradients() { return view(network_.gradients()); }
    auto running() { return view(network_.running()); }
    auto velocity() { return view(network_.velocity()); }

private:
    void check(const Images& images, const Labels& labels) const {
        const Shape shape = images.shape(), wanted = network_.image_shape();
        if (shape.channels != wanted.channels || shape.height != wanted.height ||
            shape.width != wanted.width)
            throw std::invalid_argument("images are not of the declared shape");
        if (images.count() < 1 || images.count() != labels.shape(0))
            throw std::invalid_argument("as many labels as images are needed");
        for (size_t i = 0; i < labels.shape(0); ++i)
            if (labels.data()[i] >= network_.classes())
                throw std::invalid_argument("a label is none of the network's classes");
    }

    static nb::ndarray<nb::numpy, float> view(std::vector<float>& numbers) {
        return nb::ndarray<nb::numpy, float>(numbers.data(), {numbers.size()}, nb::handle());
    }

    Images images_;
    Labels labels_;
    Network network_;
    int most_;
};

}  // namespace engine
