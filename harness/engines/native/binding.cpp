// The engine as a Python module. Arrays are checked here and never converted; the engine trusts
// what it is given.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>

#include "mathematics.hpp"
#include "network.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace engine {

namespace {

template <class T, class... Shape>
using Array = nb::ndarray<const T, nb::numpy, nb::device::cpu, nb::c_contig, Shape...>;
using Images = Array<uint8_t, nb::shape<-1, kSide, kSide>>;
using Labels = Array<uint8_t, nb::ndim<1>>;

template <class T, class Given>
const T* rows_or_null(const std::optional<Given>& given, size_t rows) {
    if (!given) return nullptr;
    if (given->shape(0) != rows) throw std::invalid_argument("draws are not those of the batch");
    return given->data();
}

// Draws of one batch, as Python gives them.
struct GivenDraws {
    std::optional<Array<float, nb::ndim<1>>> brightness, contrast;
    std::optional<Array<bool, nb::ndim<1>>> contrast_first;
    std::optional<Array<double, nb::shape<-1, 6>>> affine;
    std::optional<Array<int64_t, nb::shape<-1, 4>>> erase;
    uint8_t fill;

    Draws of(size_t images) const {
        if (brightness && contrast && !contrast_first)
            throw std::invalid_argument(
                "which of brightness and contrast comes first is not given");
        check_rectangles();
        return {rows_or_null<float>(brightness, images),    rows_or_null<float>(contrast, images),
                rows_or_null<bool>(contrast_first, images), rows_or_null<double>(affine, images),
                rows_or_null<int64_t>(erase, images),       fill};
    }

private:
    void check_rectangles() const {
        for (size_t i = 0; erase && i < erase->shape(0); ++i) {
            const int64_t* r = erase->data() + 4 * i;  // top, left, height, width
            for (const int64_t* part = r; part < r + 4; ++part)
                if (*part < 0 || *part > kSide) throw std::invalid_argument(kOutside);
            if (r[0] + r[2] > kSide || r[1] + r[3] > kSide) throw std::invalid_argument(kOutside);
        }
    }
    static constexpr const char* kOutside = "a rectangle to be erased is not within the image";
};

// A network with the training images that it draws its batches from. To be used by one thread at a
// time, although other Python threads run meanwhile.
class Trainer {
public:
    Trainer(const std::vector<std::vector<int>>& blocks, int batch, uint32_t dropout_threshold,
            double label_smoothing, bool nesterov, float weight_decay, float l1, float l2,
            Array<float, nb::shape<256>> greys, Images images, Labels labels)
        : images_(images),
          labels_(labels),
          network_(specs(blocks), settings(batch, dropout_threshold, label_smoothing,
                                           {nesterov, weight_decay, l1, l2}, greys)),
          most_(batch) {
        check_labels(images, labels);
    }

    std::pair<double, int> differentiate(Array<int64_t, nb::ndim<1>> chosen,
                                         const GivenDraws& draws,
                                         Array<uint64_t, nb::shape<8, 3>> seed) {
        const size_t count = chosen.shape(0);
        if (count < 1 || count > static_cast<size_t>(most_))
            throw std::invalid_argument("the batch is empty or larger than declared");
        for (size_t i = 0; i < count; ++i)
            if (chosen.data()[i] < 0 || chosen.data()[i] >= static_cast<int64_t>(images_.shape(0)))
                throw std::invalid_argument("no such image");
        Batch batch = {images_.data(),          labels_.data(),  chosen.data(),
                       static_cast<int>(count), draws.of(count), {}};
        for (int i = 0; i < 24; ++i) batch.dropout_seed[i / 3][i % 3] = seed.data()[i];
        nb::gil_scoped_release released;
        const Outcome outcome = network_.differentiate(batch);
        return {outcome.loss, outcome.correct};
    }

    void update(float rate, float momentum) { network_.update(rate, momentum); }

    nb::object evaluate(Images images, Labels labels) {
        const size_t count = images.shape(0);
        check_labels(images, labels);
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
    void check_labels(const Images& images, const Labels& labels) const {
        if (images.shape(0) < 1 || images.shape(0) != labels.shape(0))
            throw std::invalid_argument("as many labels as images are needed");
        for (size_t i = 0; i < labels.shape(0); ++i)
            if (labels.data()[i] >= network_.classes())
                throw std::invalid_argument("a label is none of the network's classes");
    }

    static std::vector<BlockSpec> specs(const std::vector<std::vector<int>>& blocks) {
        std::vector<BlockSpec> specs;
        for (const auto& b : blocks) {
            if (b.size() != 7) throw std::invalid_argument("a block is seven numbers");
            specs.push_back({b[0], b[1], b[2], static_cast<Order>(b[3]), b[4] != 0,
                             static_cast<Pool>(b[5]), b[6]});
        }
        return specs;
    }

    static Settings settings(int batch, uint32_t threshold, double smoothing, Descent descent,
                             const Array<float, nb::shape<256>>& greys) {
        if (batch < 1) throw std::invalid_argument("a batch needs an image");
        if (threshold > 65535) throw std::invalid_argument("dropout would keep nothing");
        Settings settings = {batch, threshold, smoothing, descent, {}};
        for (int grey = 0; grey < 256; ++grey) settings.greys[grey] = greys.data()[grey];
        return settings;
    }

    static nb::ndarray<nb::numpy, float> view(std::vector<float>& numbers) {
        return nb::ndarray<nb::numpy, float>(numbers.data(), {numbers.size()}, nb::handle());
    }

    Images images_;
    Labels labels_;
    Network network_;
    int most_;
};

nb::ndarray<nb::numpy, uint8_t> augment_all(Images images, const GivenDraws& given) {
    const size_t count = images.shape(0);
    const Draws draws = given.of(count);
    uint8_t* out = new uint8_t[count * kPixels];
    nb::capsule owner(out, [](void* p) noexcept { delete[] static_cast<uint8_t*>(p); });
    for (size_t i = 0; i < count; ++i)
        augment(images.data() + i * kPixels, draws, static_cast<int>(i), out + i * kPixels);
    return nb::ndarray<nb::numpy, uint8_t>(out, {count, kSide, kSide}, owner);
}

}  // namespace

}  // namespace engine

NB_MODULE(ENGINE_MODULE, module) {
    using namespace engine;
    nb::class_<GivenDraws>(module, "Draws")
        .def(
            "__init__",
            [](GivenDraws* self, decltype(GivenDraws::brightness) brightness,
               decltype(GivenDraws::contrast) contrast,
               decltype(GivenDraws::contrast_first) contrast_first,
               decltype(GivenDraws::affine) affine, decltype(GivenDraws::erase) erase,
               uint8_t fill) {
                new (self) GivenDraws{brightness, contrast, contrast_first, affine, erase, fill};
            },
            "brightness"_a.none().noconvert(), "contrast"_a.none().noconvert(),
            "contrast_first"_a.none().noconvert(), "affine"_a.none().noconvert(),
            "erase"_a.none().noconvert(), "fill"_a);
    nb::class_<Trainer>(module, "Trainer")
        .def(nb::init<const std::vector<std::vector<int>>&, int, uint32_t, double, bool, float,
                      float, float, Array<float, nb::shape<256>>, Images, Labels>(),
             nb::kw_only(), "blocks"_a, "batch"_a, "dropout_threshold"_a, "label_smoothing"_a,
             "nesterov"_a, "weight_decay"_a, "l1"_a, "l2"_a, "greys"_a.noconvert(),
             "images"_a.noconvert(), "labels"_a.noconvert())
        .def("differentiate", &Trainer::differentiate, "chosen"_a.noconvert(), "draws"_a,
             "seed"_a.noconvert())
        .def("update", &Trainer::update, "rate"_a, "momentum"_a)
        .def("evaluate", &Trainer::evaluate, "images"_a.noconvert(), "labels"_a.noconvert())
        .def_prop_ro("values", &Trainer::values, nb::rv_policy::reference_internal)
        .def_prop_ro("gradients", &Trainer::gradients, nb::rv_policy::reference_internal)
        .def_prop_ro("running", &Trainer::running, nb::rv_policy::reference_internal)
        .def_prop_ro("velocity", &Trainer::velocity, nb::rv_policy::reference_internal);
    module.def("augment", &augment_all, "images"_a.noconvert(), "draws"_a);
    module.def("exponential", &exponential, "x"_a);
    module.def("logarithm", &logarithm, "x"_a);
}
