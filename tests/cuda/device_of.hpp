// The device that a check is made on.
#pragma once

#include <fstream>
#include <functional>
#include <iterator>

#include "emulated.hpp"
#include "gpu.hpp"

namespace cases {

using DeviceOf = std::function<std::unique_ptr<engine::cuda::Device>()>;

inline std::vector<char> contents(const char* file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error(std::string(file) + ": cannot be read");
    return {std::istreambuf_iterator<char>(in), {}};
}

// A GPU that runs the kernels of that file, or, where it is null, the emulated device. One more
// that lives as long keeps the GPU's context, which takes a while to make.
inline DeviceOf device_of_kernels(const char* file) {
    if (!file) return [] { return std::make_unique<engine::cuda::EmulatedDevice>(); };
    const std::vector<char> kernels = contents(file);
    const auto kept = std::make_shared<engine::cuda::Gpu>(kernels, 0);
    return [kernels, kept] { return std::make_unique<engine::cuda::Gpu>(kernels, 0); };
}

}  // namespace cases
