// The engine as a Python module: its names, and the names of everything that it is given.
#include "block_names.hpp"
#include "mathematics.hpp"
#include "trainer.hpp"

namespace engine {

using namespace nb::literals;

namespace {

Settings settings(int batch, uint32_t dropout_threshold, double label_smoothing, bool nesterov,
                  float weight_decay, float l1, float l2) {
    if (batch < 1) throw std::invalid_argument("a batch needs an image");
    if (dropout_threshold > 65535) throw std::invalid_argument("dropout would keep nothing");
    return {batch, dropout_threshold, label_smoothing, {nesterov, weight_decay, l1, l2}};
}

nb::ndarray<nb::numpy, uint8_t> augment_all(const Array<uint8_t>& given, const GivenDraws& draws) {
    const Images images(given);
    const Shape shape = images.shape();
    const Draws checked = draws.of(images.count(), shape);
    const size_t size = shape.count();
    uint8_t* out = new uint8_t[images.count() * size];
    nb::capsule owner(out, [](void* p) noexcept { delete[] static_cast<uint8_t*>(p); });
    for (size_t i = 0; i < images.count(); ++i)
        augment(images.data() + i * size, shape, checked, static_cast<int>(i), out + i * size);
    return images.like(out, owner);
}

void bind_draws(nb::module_& module) {
    nb::class_<GivenDraws>(module, "Draws")
        .def(
            "__init__",
            [](GivenDraws* self, decltype(GivenDraws::brightness) brightness,
               decltype(GivenDraws::contrast) contrast,
               decltype(GivenDraws::contrast_first) contrast_first,
               decltype(GivenDraws::affine) affine, decltype(GivenDraws::erase) erase, bool smooth,
               uint8_t fill) {
                new (self)
                    GivenDraws{brightness, contrast, contrast_first, affine, erase, smooth, fill};
            },
            nb::kw_only(), "brightness"_a.none().noconvert(), "contrast"_a.none().noconvert(),
            "contrast_first"_a.none().noconvert(), "affine"_a.none().noconvert(),
            "erase"_a.none().noconvert(), "smooth"_a, "fill"_a);
    module.def("augment", &augment_all, "images"_a.noconvert(), "draws"_a);
}

void bind_trainer(nb::module_& module) {
    nb::class_<Shape>(module, "ImageShape")
        .def(
            "__init__",
            [](Shape* self, int channels, int height, int width) {
                new (self) Shape{channels, height, width};
            },
            nb::kw_only(), "channels"_a, "height"_a, "width"_a);
    nb::class_<Settings>(module, "Settings")
        .def(
            "__init__",
            [](Settings* self, int batch, uint32_t dropout_threshold, double label_smoothing,
               bool nesterov, float weight_decay, float l1, float l2) {
                new (self) Settings(settings(batch, dropout_threshold, label_smoothing, nesterov,
                                             weight_decay, l1, l2));
            },
            nb::kw_only(), "batch"_a, "dropout_threshold"_a, "label_smoothing"_a, "nesterov"_a,
            "weight_decay"_a, "l1"_a, "l2"_a);
    nb::class_<Trainer>(module, "Trainer")
        .def(nb::init<const std::vector<BlockSpec>&, Shape, int, const Settings&,
                      const Trainer::Greys&, const Array<uint8_t>&, const Labels&>(),
             nb::kw_only(), "blocks"_a, "image"_a, "classes"_a, "settings"_a, "greys"_a.noconvert(),
             "images"_a.noconvert(), "labels"_a.noconvert())
        .def("differentiate", &Trainer::differentiate, "chosen"_a.noconvert(), "draws"_a,
             "seed"_a.noconvert())
        .def("update", &Trainer::update, "rate"_a, "momentum"_a)
        .def("evaluate", &Trainer::evaluate, "images"_a.noconvert(), "labels"_a.noconvert())
        .def_prop_ro("values", &Trainer::values, nb::rv_policy::reference_internal)
        .def_prop_ro("gradients", &Trainer::gradients, nb::rv_policy::reference_internal)
        .def_prop_ro("running", &Trainer::running, nb::rv_policy::reference_internal)
        .def_prop_ro("velocity", &Trainer::velocity, nb::rv_policy::reference_internal);
}

}  // namespace

}  // namespace engine

NB_MODULE(ENGINE_MODULE, module) {
    using namespace engine;
    bind_blocks(module);
    bind_draws(module);
    bind_trainer(module);
    module.def("exponential", &exponential, "x"_a);
    module.def("logarithm", &logarithm, "x"_a);
}
