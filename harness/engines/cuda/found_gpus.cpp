// The GPUs of this machine, before one of them is used.
#include "driver.hpp"

namespace engine::cuda {

namespace {

// A GPU's context, for this thread: afterwards it has the one that it had before.
class Context {
public:
    Context(const DriverApi& api, int device) : api_(api), device_(device) {
        api.call<void**>("cuCtxGetCurrent", &before_);
        check(api.attempt<void**, int>("cuDevicePrimaryCtxRetain", &context_, device));
    }
    Context(const Context&) = delete;
    ~Context() {
        api_.release<void*>("cuCtxSetCurrent", before_);
        api_.release<int>("cuDevicePrimaryCtxRelease_v2", device_);
    }
    size_t free_bytes() const {
        size_t free = 0, total = 0;
        check(api_.attempt<void*>("cuCtxSetCurrent", context_));
        check(api_.attempt<size_t*, size_t*>("cuMemGetInfo_v2", &free, &total));
        return free;
    }

private:
    void check(Status status) const {
        if (status) throw NoGpu("the GPU cannot be used: " + api_.words(status));
    }

    const DriverApi& api_;
    int device_;
    void *context_ = nullptr, *before_ = nullptr;
};

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

std::string uuid_of_gpu(int number) {
    const DriverApi api;
    unsigned char uuid[16] = {};
    api.call<void*, int>("cuDeviceGetUuid_v2", uuid, device_of(api, number));
    std::string digits;
    for (const unsigned char byte : uuid)
        for (const int half : {byte >> 4, byte & 15}) digits += "0123456789abcdef"[half];
    return digits;
}

GpuFacts find_gpu(int number) {
    constexpr int kMajor = 75, kMinor = 76;  // attributes: of the compute capability
    const DriverApi api;
    const int device = device_of(api, number);
    int major = 0, minor = 0, driver = 0;
    api.call<int*>("cuDriverGetVersion", &driver);
    api.call<int*, int, int>("cuDeviceGetAttribute", &major, kMajor, device);
    api.call<int*, int, int>("cuDeviceGetAttribute", &minor, kMinor, device);
    return {name_of(api, device), 10 * major + minor, driver, Context(api, device).free_bytes()};
}

}  // namespace engine::cuda
