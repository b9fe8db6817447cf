#include "gpu.hpp"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "driver.hpp"

namespace engine::cuda {

class Gpu::Graph : public Recorded {
public:
    Graph(const DriverApi& api, void* executable) : api_(api), executable_(executable) {}
    ~Graph() override { api_.release<void*>("cuGraphExecDestroy", executable_); }
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
        if (!graph_) api_.release<void*, void**>("cuStreamEndCapture", stream_, &graph_);
        if (graph_) api_.release<void*>("cuGraphDestroy", graph_);
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
        if (event_) api_->release<void*>("cuEventDestroy_v2", event_);
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

Gpu::Gpu(int number) : api_(std::make_unique<DriverApi>()) {
    device_ = device_of(*api_, number);
    api_->call<void**, int>("cuDevicePrimaryCtxRetain", &context_, device_);
}

// What throws here is followed by the destructor, since the other constructor has ended.
Gpu::Gpu(const std::vector<char>& kernels, int number) : Gpu(number) {
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
    api_->release<void**>("cuCtxGetCurrent", &before);
    api_->release<void*>("cuCtxSetCurrent", context_);
    for (const Address address : taken_) api_->release<Address>("cuMemFree_v2", address);
    for (void* stream : streams_) api_->release<void*>("cuStreamDestroy_v2", stream);
    if (beside_) api_->release<void*>("cuStreamDestroy_v2", beside_);
    if (module_) api_->release<void*>("cuModuleUnload", module_);
    api_->release<void*>("cuCtxSetCurrent", before == context_ ? nullptr : before);
    api_->release<int>("cuDevicePrimaryCtxRelease_v2", device_);
}

void Gpu::use() const { api_->call<void*>("cuCtxSetCurrent", context_); }

std::string Gpu::name() const { return name_of(*api_, device_); }

size_t Gpu::free_bytes() const {
    use();
    size_t free = 0, total = 0;
    api_->call<size_t*, size_t*>("cuMemGetInfo_v2", &free, &total);
    return free;
}

int Gpu::attribute(int number) const {
    int value = 0;
    api_->call<int*, int, int>("cuDeviceGetAttribute", &value, number, device_);
    return value;
}

Room Gpu::room() const {
    constexpr int kProcessors = 16, kMostShared = 97, kFewestThreads = 256;
    const char* const asked = std::getenv("REPROBENCH_STAGED");
    const bool staged = asked && std::strcmp(asked, "1") == 0;  // not measured on a GPU so far
    return {attribute(kProcessors), staged ? attribute(kMostShared) - kOfDriver : 0,
            kFewestThreads};
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

void* Gpu::function(const Launch& launch) {
    constexpr int kMostShared = 8;  // an attribute: bytes that a launch may ask for
    const size_t number = static_cast<size_t>(launch.kernel);
    if (functions_.size() <= number) functions_.resize(number + 1);
    void*& function = functions_[number];
    if (function) return function;
    api_->call<void**, void*, const char*>("cuModuleGetFunction", &function, module_,
                                           name_of(launch.kernel));
    if (launch.shared)
        api_->call<void*, int, int>("cuFuncSetAttribute", function, kMostShared,
                                    static_cast<int>(room().shared_bytes));
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
                   void*, void**, void**>("cuLaunchKernel", function(launch), launch.blocks,
                                          launch.seeds, 1u, launch.threads, 1u, 1u, launch.shared,
                                          stream, arguments, nullptr);
    }
}

std::shared_ptr<const Recorded> Gpu::record(const std::vector<Launched>& streams) {
    use();
    const Event begin(*api_);
    std::vector<Event> ends;  // of the streams after the first
    for (size_t n = 0; n < streams.size(); ++n) {
        for (const Launch& launch : streams[n]) function(launch);
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
    void* const executable = static_cast<const Graph&>(graph).executable();
    const auto run_graph = [&] {
        api_->call<void*, void*>("cuGraphLaunch", executable, stream(0));
    };
    if (beside.empty()) return run_graph();
    const Event begin(*api_), end(*api_);
    void* const other = stream(1);
    begin.come_after(stream(0));
    begin.come_before(other);
    run(beside, other);
    end.come_after(other);
    run_graph();
    end.come_before(stream(0));
}

void Gpu::wait() {
    use();
    api_->call<void*>("cuStreamSynchronize", stream(0));
}

}  // namespace engine::cuda
