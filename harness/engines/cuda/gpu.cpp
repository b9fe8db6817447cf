#include "gpu.hpp"

#include <utility>

#include "driver.hpp"

namespace engine::cuda {

namespace {

// Throws NoGpu.
void begin(const DriverApi& api) {
    if (const Status status = api.attempt<unsigned>("cuInit", 0u))
        throw NoGpu("the NVIDIA driver cannot be used: " + api.words(status));
}

// The device of the GPU with that number; throws NoGpu.
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

}  // namespace

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

class Gpu::Graph : public Recorded {
public:
    Graph(const DriverApi& api, void* executable) : api_(api), executable_(executable) {}
    ~Graph() override { api_.attempt<void*>("cuGraphExecDestroy", executable_); }
    Graph(const Graph&) = delete;
    void* executable() const { return executable_; }

private:
    const DriverApi& api_;
    void* executable_;
};

// Records what a stream and those that come after it are told to do, until it ends.
class Gpu::Capture {
public:
    Capture(const DriverApi& api, void* stream) : api_(api), stream_(stream) {
        constexpr int kThisThread = 1;  // other threads may call the driver meanwhile
        api.call<void*, int>("cuStreamBeginCapture_v2", stream, kThisThread);
    }
    Capture(const Capture&) = delete;
    ~Capture() {
        if (!graph_) api_.attempt<void*, void**>("cuStreamEndCapture", stream_, &graph_);
        if (graph_) api_.attempt<void*>("cuGraphDestroy", graph_);
    }
    void* end() {
        void* executable = nullptr;
        api_.call<void*, void**>("cuStreamEndCapture", stream_, &graph_);
        api_.call<void**, void*, Address>("cuGraphInstantiateWithFlags", &executable, graph_, 0ull);
        return executable;
    }

private:
    const DriverApi& api_;
    void *stream_, *graph_ = nullptr;
};

// Comes after what a stream has been told to do, and before what another one is told from then on.
class Gpu::Event {
public:
    explicit Event(const DriverApi& api) : api_(&api) {
        constexpr unsigned kWithoutTime = 2;
        api.call<void**, unsigned>("cuEventCreate", &event_, kWithoutTime);
    }
    Event(Event&& other) noexcept
        : api_(other.api_), event_(std::exchange(other.event_, nullptr)) {}
    ~Event() {
        if (event_) api_->attempt<void*>("cuEventDestroy_v2", event_);
    }
    void come_after(void* stream) const {
        api_->call<void*, void*>("cuEventRecord", event_, stream);
    }
    void come_before(void* stream) const {
        api_->call<void*, void*, unsigned>("cuStreamWaitEvent", stream, event_, 0u);
    }

private:
    const DriverApi* api_;
    void* event_ = nullptr;
};

Gpu::Gpu(const std::vector<char>& kernels, int number) : api_(std::make_unique<DriverApi>()) {
    device_ = device_of(*api_, number);
    api_->call<void**, int>("cuDevicePrimaryCtxRetain", &context_, device_);
    use();
    if (const Status status =
            api_->attempt<void**, const void*>("cuModuleLoadData", &module_, kernels.data()))
        throw NoGpu("the kernels are not for this GPU and driver: " + api_->words(status));
    constexpr unsigned kNonBlocking = 1;
    beside_ = make_stream(kNonBlocking);
    stream(0);
}

// Afterwards the thread has the context that it had before, but not this one, which may be gone.
Gpu::~Gpu() {
    void* before = nullptr;
    api_->attempt<void**>("cuCtxGetCurrent", &before);
    api_->attempt<void*>("cuCtxSetCurrent", context_);
    for (const Address address : taken_) api_->attempt<Address>("cuMemFree_v2", address);
    for (void* stream : streams_) api_->attempt<void*>("cuStreamDestroy_v2", stream);
    if (beside_) api_->attempt<void*>("cuStreamDestroy_v2", beside_);
    if (module_) api_->attempt<void*>("cuModuleUnload", module_);
    api_->attempt<void*>("cuCtxSetCurrent", before == context_ ? nullptr : before);
    api_->attempt<int>("cuDevicePrimaryCtxRelease_v2", device_);
}

void Gpu::use() const { api_->call<void*>("cuCtxSetCurrent", context_); }

std::string Gpu::name() const { return name_of(*api_, device_); }

size_t Gpu::free_bytes() const {
    use();
    size_t free = 0, total = 0;
    api_->call<size_t*, size_t*>("cuMemGetInfo_v2", &free, &total);
    return free;
}

size_t Gpu::cache_bytes() const {
    constexpr int kSharedCache = 38;  // an attribute: of the second level
    int bytes = 0;
    api_->call<int*, int, int>("cuDeviceGetAttribute", &bytes, kSharedCache, device_);
    return static_cast<size_t>(bytes);
}

std::vector<void*> Gpu::take(const std::vector<Region>& regions) {
    use();
    std::vector<void*> addresses;
    for (const Region& region : regions) {
        if (!region.bytes) {
            addresses.push_back(nullptr);
            continue;
        }
        Address address = 0;
        api_->call<Address*, size_t>("cuMemAlloc_v2", &address, region.bytes);
        taken_.push_back(address);
        addresses.push_back(reinterpret_cast<void*>(address));
        clear(addresses.back(), region.bytes);
    }
    return addresses;
}

void Gpu::clear(void* at, size_t bytes) {
    use();
    void* const in_order_with_all = nullptr;  // the stream of what has no other
    api_->call<Address, unsigned char, size_t>("cuMemsetD8_v2", reinterpret_cast<Address>(at), 0,
                                               bytes);
    api_->call<void*>("cuStreamSynchronize", in_order_with_all);
}

void Gpu::upload(void* to, const void* from, size_t bytes) {
    use();
    api_->call<Address, const void*, size_t>("cuMemcpyHtoD_v2", reinterpret_cast<Address>(to), from,
                                             bytes);
}

void Gpu::upload_beside(void* to, const void* from, size_t bytes) {
    use();
    api_->call<Address, const void*, size_t, void*>(
        "cuMemcpyHtoDAsync_v2", reinterpret_cast<Address>(to), from, bytes, beside_);
    api_->call<void*>("cuStreamSynchronize", beside_);
}

void Gpu::copy(void* to, const void* from, size_t bytes) {
    use();
    api_->call<Address, Address, size_t, void*>("cuMemcpyDtoDAsync_v2",
                                                reinterpret_cast<Address>(to),
                                                reinterpret_cast<Address>(from), bytes, stream(0));
}

void Gpu::download(void* to, const void* from, size_t bytes) {
    use();
    api_->call<void*, Address, size_t>("cuMemcpyDtoH_v2", to, reinterpret_cast<Address>(from),
                                       bytes);
}

void* Gpu::function(Kernel kernel) {
    const size_t number = static_cast<size_t>(kernel);
    if (functions_.size() <= number) functions_.resize(number + 1);
    void*& function = functions_[number];
    if (!function)
        api_->call<void**, void*, const char*>("cuModuleGetFunction", &function, module_,
                                               name_of(kernel));
    return function;
}

void* Gpu::make_stream(unsigned flags) const {
    void* made = nullptr;
    api_->call<void**, unsigned>("cuStreamCreate", &made, flags);
    return made;
}

void* Gpu::stream(size_t number) {
    constexpr unsigned kInOrderWithCopies = 0;
    while (streams_.size() <= number) streams_.push_back(make_stream(kInOrderWithCopies));
    return streams_[number];
}

void Gpu::run(const Launched& launched) {
    use();
    run(launched, stream(0));
}

void Gpu::run(const Launched& launched, void* stream) {
    for (const Launch& launch : launched) {
        Walk walk = launch.walk;
        void* arguments[] = {const_cast<unsigned char*>(launch.body.data()), &walk};
        api_->call<void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                   void*, void**, void**>("cuLaunchKernel", function(launch.kernel), launch.blocks,
                                          launch.seeds, 1u, launch.threads, 1u, 1u, 0u, stream,
                                          arguments, nullptr);
    }
}

std::shared_ptr<const Recorded> Gpu::record(const std::vector<Launched>& streams) {
    use();
    const Event begin(*api_);
    std::vector<Event> ends;  // of the streams after the first
    for (size_t n = 0; n < streams.size(); ++n) {
        for (const Launch& launch : streams[n]) function(launch.kernel);
        stream(n);
        if (n > 0) ends.emplace_back(*api_);
    }
    Capture capture(*api_, stream(0));
    begin.come_after(stream(0));
    for (size_t n = 1; n < streams.size(); ++n) begin.come_before(stream(n));
    for (size_t n = 0; n < streams.size(); ++n) run(streams[n], stream(n));
    for (size_t n = 1; n < streams.size(); ++n) {
        ends[n - 1].come_after(stream(n));
        ends[n - 1].come_before(stream(0));
    }
    return std::make_shared<Graph>(*api_, capture.end());
}

void Gpu::run(const Recorded& graph, const Launched& beside) {
    use();
    const Event begin(*api_), end(*api_);
    void* const other = beside.empty() ? nullptr : stream(1);
    if (other) {
        begin.come_after(stream(0));
        begin.come_before(other);
        run(beside, other);
        end.come_after(other);
    }
    void* executable = static_cast<const Graph&>(graph).executable();
    api_->call<void*, void*>("cuGraphLaunch", executable, stream(0));
    if (other) end.come_before(stream(0));
}

void Gpu::wait() {
    use();
    api_->call<void*>("cuStreamSynchronize", stream(0));
}

}  // namespace engine::cuda
