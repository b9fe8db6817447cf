// The CUDA engine as a Python module. It is given bytes, and checks only their number: views.cuh
// says what they must be, and engines/gpu/ makes them so.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "../native/block_names.hpp"
#include "emulated.hpp"
#include "gpu.hpp"
#include "seeds.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace engine::cuda {

namespace {

using Bytes = nb::ndarray<const uint8_t, nb::numpy, nb::device::cpu, nb::c_contig, nb::ndim<1>>;

void put(Seeds& seeds, const std::string& region, const Bytes& given, std::optional<int> seed) {
    const nb::gil_scoped_release released;
    if (seed) seeds.put(region, *seed, given.data(), given.size());
    else seeds.put(region, given.data(), given.size());
}

nb::ndarray<nb::numpy, uint8_t> get(Seeds& seeds, const std::string& region, int seed) {
    const size_t count = seeds.bytes_each(region);
    uint8_t* to = new uint8_t[count];
    nb::capsule owner(to, [](void* p) noexcept { delete[] static_cast<uint8_t*>(p); });
    {
        const nb::gil_scoped_release released;
        seeds.get(region, seed, to);
    }
    return {to, {count}, owner};
}

void set_rule(Seeds& seeds, int seed, uint32_t dropout_threshold, double label_smoothing,
              bool nesterov, float weight_decay, float l1, float l2, int fill, bool smooth) {
    if (dropout_threshold > 65535) throw std::invalid_argument("dropout would keep nothing");
    seeds.set_rule(seed, {{nesterov, weight_decay, l1, l2},
                          label_smoothing,
                          dropout_threshold,
                          static_cast<float>(65536.0 / (65536 - dropout_threshold)),
                          fill,
                          smooth});
}

void bind_group(nb::module_& module) {
    nb::class_<Group>(module, "Group")
        .def(
            "__init__",
            [](Group* self, std::vector<BlockSpec> blocks, std::vector<int> image, int classes,
               int batch, int seeds, int train_images, int test_images, int places, int steps_ahead,
               bool brightness, bool contrast, bool affine, bool erase) {
                if (image.size() != 3) throw std::invalid_argument("images have three sizes");
                if (batch < 1 || places < 1 || steps_ahead < 1)
                    throw std::invalid_argument("nothing is to be trained");
                new (self) Group{std::move(blocks),
                                 {image[0], image[1], image[2]},
                                 classes,
                                 batch,
                                 seeds,
                                 train_images,
                                 test_images,
                                 places,
                                 divide_up(places, batch),
                                 steps_ahead,
                                 brightness,
                                 contrast,
                                 affine,
                                 erase};
            },
            nb::kw_only(), "blocks"_a, "image"_a, "classes"_a, "batch"_a, "seeds"_a,
            "train_images"_a, "test_images"_a, "places"_a, "steps_ahead"_a, "brightness"_a,
            "contrast"_a, "affine"_a, "erase"_a)
        .def_ro("places", &Group::places)
        .def_prop_ro("bytes", &bytes_of);
}

void bind_devices(nb::module_& module) {
    nb::exception<NoGpu>(module, "NoGpu", PyExc_RuntimeError);
    auto error = nb::exception<DeviceError>(module, "DeviceError", PyExc_RuntimeError);
    nb::exception<TooLittleMemory>(module, "TooLittleMemory", error);
    nb::class_<Device>(module, "Device").def_prop_ro("free_bytes", &Device::free_bytes);
    nb::class_<EmulatedDevice, Device>(module, "EmulatedDevice").def(nb::init<>());
    nb::class_<Gpu, Device>(module, "Gpu")
        .def(
            "__init__",
            [](Gpu* self, nb::bytes kernels, int number) {
                new (self) Gpu(std::vector<char>(kernels.c_str(), kernels.c_str() + kernels.size()),
                               number);
            },
            "kernels"_a, "number"_a);
    nb::class_<GpuFacts>(module, "GpuFacts")
        .def_ro("name", &GpuFacts::name)
        .def_ro("architecture", &GpuFacts::architecture)
        .def_ro("driver", &GpuFacts::driver)
        .def_ro("free_bytes", &GpuFacts::free_bytes);
    module.def("count_gpus", &count_gpus);
    module.def("find_gpu", &find_gpu, "number"_a);
    module.def("uuid_of_gpu", &uuid_of_gpu, "number"_a);
}

void bind_seeds(nb::module_& module) {
    const auto released = nb::call_guard<nb::gil_scoped_release>();
    nb::class_<Seeds>(module, "Seeds")
        .def(
            "__init__",
            [](Seeds* self, const Group& group, std::shared_ptr<Device> device,
               std::optional<int> streams) {
                if (streams && *streams < 1) throw std::invalid_argument("there is no stream");
                const nb::gil_scoped_release released;
                new (self) Seeds(group, std::move(device), streams);
            },
            "group"_a, "device"_a, "streams"_a = nb::none())
        .def_prop_ro("streams", &Seeds::streams)
        .def("put", &put, "region"_a, "given"_a.noconvert(), "seed"_a = nb::none())
        .def("get", &get, "region"_a, "seed"_a)
        .def("set_rule", &set_rule, "seed"_a, nb::kw_only(), "dropout_threshold"_a,
             "label_smoothing"_a, "nesterov"_a, "weight_decay"_a, "l1"_a, "l2"_a, "fill"_a,
             "smooth"_a)
        .def("begin", &Seeds::begin, released)
        .def("take_given", &Seeds::take_given, released)
        .def("train_epoch", &Seeds::train_epoch, released)
        .def("train_step", &Seeds::train_step, "count"_a, released)
        .def("evaluate", &Seeds::evaluate, released)
        .def_prop_ro("parameters", &Seeds::parameters);
}

}  // namespace

}  // namespace engine::cuda

NB_MODULE(_cuda, module) {
    engine::bind_blocks(module);
    engine::cuda::bind_group(module);
    engine::cuda::bind_devices(module);
    engine::cuda::bind_seeds(module);
}
