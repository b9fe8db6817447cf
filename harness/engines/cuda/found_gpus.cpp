// The GPUs of this machine, before one of them is used.
#include "driver.hpp"

namespace engine::cuda {

namespace {

// Throws NoGpu.
void begin(const DriverApi& api) {
    if (const Status status = api.attempt<unsigned>("cuInit", 0u))
        throw NoGpu("the NVIDIA driver cannot be used: " + api.words(status));
}

}  // namespace

int device_of(const DriverApi& api, int number) {
    begin(api);
    int device = 0;
    if (api.attempt<int*, int>("cuDeviceGet", &device, number))
        throw NoGpu(number ? "there is no NVIDIA GPU " + std::to_string(number)
                           : "there is no NVIDIA GPU");
    return device;
}

std::string name_of(const DriverApi& api, int device) {
    char name[128] = {};
    api.call<char*, int, int>("cuDeviceGetName", name, static_cast<int>(sizeof name) - 1, device);
    return name;
}

int count_gpus() {
    const DriverApi api;
    begin(api);
    int count = 0;
    api.call<int*>("cuDeviceGetCount", &count);
    return count;
}

GpuFacts find_gpu(int number) {
    constexpr int kMajor = 75, kMinor = 76;  // attributes: of the compute capability
    const DriverApi api;
    const int device = device_of(api, number);
    int major = 0, minor = 0, driver = 0;
    api.call<int*>("cuDriverGetVersion", &driver);
    api.call<int*, int, int>("cuDeviceGetAttribute", &major, kMajor, device);
    api.call<int*, int, int>("cuDeviceGetAttribute", &minor, kMinor, device);
    GpuFacts facts = {name_of(api, device), 10 * major + minor, driver, 0, 0};
    // This thread may be using a GPU: afterwards it has the context that it had before.
    void *context = nullptr, *before = nullptr;
    api.call<void**>("cuCtxGetCurrent", &before);
    Status status = api.attempt<void**, int>("cuDevicePrimaryCtxRetain", &context, device);
    if (!status) {
        status = api.attempt<void*>("cuCtxSetCurrent", context);
        if (!status)
            status =
                api.attempt<size_t*, size_t*>("cuMemGetInfo_v2", &facts.free_bytes, &facts.bytes);
        api.attempt<void*>("cuCtxSetCurrent", before);
        api.attempt<int>("cuDevicePrimaryCtxRelease_v2", device);
    }
    if (status) throw NoGpu("the GPU cannot be used: " + api.words(status));
    return facts;
}

}  // namespace engine::cuda
