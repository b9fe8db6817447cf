// NVIDIA's driver, which is loaded at run time.
#pragma once

#include <dlfcn.h>

#include "gpu.hpp"

namespace engine::cuda {

using Address = unsigned long long;
using Status = int;
constexpr Status kOutOfMemory = 2;

// The functions of libcuda that are used here, with their C types (cuda.h).
struct DriverApi {
    // It stays loaded, since the driver has threads of its own after it was used.
    DriverApi() : library(dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL)) {
        if (!library) throw NoGpu("there is no NVIDIA driver (libcuda.so.1)");
    }
    DriverApi(const DriverApi&) = delete;

    // Calls the function with that name; throws if it fails.
    template <class... Types, class... Given>
    void call(const char* name, Given... given) const {
        const Status status = attempt<Types...>(name, given...);
        if (status == kOutOfMemory) throw TooLittleMemory("too little memory on the GPU");
        if (status != 0) throw DeviceError(std::string(name) + ": " + words(status));
    }
    template <class... Types, class... Given>
    Status attempt(const char* name, Given... given) const {
        void* function = dlsym(library, name);
        if (!function) throw NoGpu(std::string("the NVIDIA driver is too old: it lacks ") + name);
        return reinterpret_cast<Status (*)(Types...)>(function)(static_cast<Types>(given)...);
    }
    // For destructors: does nothing if the driver lacks the function.
    template <class... Types, class... Given>
    void release(const char* name, Given... given) const noexcept {
        if (void* function = dlsym(library, name))
            reinterpret_cast<Status (*)(Types...)>(function)(static_cast<Types>(given)...);
    }
    std::string words(Status status) const {
        const char* text = nullptr;
        attempt<Status, const char**>("cuGetErrorString", status, &text);
        return text ? text : "error " + std::to_string(status);
    }

    void* library;
};

// The device of the GPU with that number; throws NoGpu.
int device_of(const DriverApi& api, int number);
std::string name_of(const DriverApi& api, int device);

}  // namespace engine::cuda
