// A libcuda.so.1 for machines without a GPU, to run the code that talks to the driver too: memory
// is this machine's, kernels are the entry points that NVRTC compiles, and a stream does at once
// what it is told, except while it records a graph, whose streams take turns at random. What needs
// a context fails in a thread that has none, or one that nobody retains. With IDLE in the
// environment, kernels are checked but not run.
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "entered.hpp"

using namespace engine::cuda;

namespace {

using Address = unsigned long long;
enum Status {
    kSuccess = 0,
    kInvalidValue = 1,
    kOutOfMemory = 2,
    kInvalidContext = 201,
    kNotFound = 500,
    kContextIsDestroyed = 709
};

constexpr Address kMemory = Address{1} << 32;  // bytes that this device has
constexpr int kDevices = 2, kFirst = 7;        // the handle of the first
int module;                                    // its address stands for it
struct Context {
    int retained = 0;
} contexts[kDevices];
thread_local Context* current = nullptr;

// Whether this thread can do what needs a context.
int context_status() {
    if (!current) return kInvalidContext;
    return current->retained ? kSuccess : kContextIsDestroyed;
}
#define NEEDS_CONTEXT \
    if (const int status = context_status()) return status

struct Stream {
    bool alive = false;
    bool recording = false;  // its kernels go into the graph
    Launched told;           // of them
    size_t awaited = 0;      // of them, those that the graph's end waits for
};
struct Event {
    Stream* after = nullptr;
    size_t told = 0;
};
std::map<size_t, unsigned> may_share;          // bytes, by kernel
constexpr unsigned kSharedUnasked = 48 << 10;  // that any kernel may
constexpr int kStreams = 64;
Stream streams[kStreams];
Stream* beginner = nullptr;           // of the graph that is being recorded
using Graph = std::vector<Launched>;  // the kernels of each stream, in order

EnteredDevice& device() {
    thread_local EnteredDevice device;
    return device;
}
void run_all(const Graph& graph) {
    if (!std::getenv("IDLE")) device().run(*device().record(graph));
}
bool is(const void* given, const void* one) { return given == one; }
Stream* alive(void* given) {
    auto* stream = static_cast<Stream*>(given);
    return stream >= streams && stream < streams + kStreams && stream->alive ? stream : nullptr;
}
bool is_device(int device) { return device >= kFirst && device < kFirst + kDevices; }

}  // namespace

extern "C" {

int cuInit(unsigned flags) { return flags ? kInvalidValue : kSuccess; }
int cuGetErrorString(int status, const char** text) {
    *text = status == kOutOfMemory ? "out of memory" : "invalid";
    return kSuccess;
}
int cuDeviceGet(int* device, int ordinal) {
    *device = kFirst + ordinal;
    return is_device(*device) ? kSuccess : kInvalidValue;
}
int cuDeviceGetCount(int* count) {
    *count = kDevices;
    return kSuccess;
}
int cuDeviceGetName(char* name, int size, int) {
    std::strncpy(name, "emulated", size);
    return kSuccess;
}
int cuDriverGetVersion(int* version) {
    *version = 13020;
    return kSuccess;
}
int cuDeviceGetAttribute(int* value, int attribute, int) {
    switch (attribute) {
        case 75: *value = 9; return kSuccess;  // compute capability 9.0
        case 76: *value = 0; return kSuccess;
        case 38: *value = 1 << 20; return kSuccess;  // the second cache
        case 16: *value = 2; return kSuccess;        // processors
        case 97: *value = kMostShared; return kSuccess;
        default: return kInvalidValue;
    }
}
int cuDevicePrimaryCtxRetain(void** made, int device) {
    if (!is_device(device)) return kInvalidValue;
    *made = &contexts[device - kFirst];
    ++contexts[device - kFirst].retained;
    return kSuccess;
}
int cuDevicePrimaryCtxRelease_v2(int device) {
    if (!is_device(device) || !contexts[device - kFirst].retained) return kInvalidValue;
    --contexts[device - kFirst].retained;
    return kSuccess;
}
int cuCtxGetCurrent(void** found) {
    *found = current;
    return kSuccess;
}
int cuCtxSetCurrent(void* given) {
    current = static_cast<Context*>(given);
    return !given || is(given, &contexts[0]) || is(given, &contexts[1]) ? kSuccess : kInvalidValue;
}
int cuModuleLoadData(void** made, const void* image) {
    NEEDS_CONTEXT;
    *made = &module;
    return std::memcmp(image,
                       "\x7F"
                       "ELF",
                       4)
               ? kInvalidValue
               : kSuccess;
}
int cuModuleUnload(void* given) {
    NEEDS_CONTEXT;
    return is(given, &module) ? kSuccess : kInvalidValue;
}
int cuModuleGetFunction(void** function, void* given, const char* name) {
    NEEDS_CONTEXT;
    if (!is(given, &module)) return kInvalidValue;
    for (size_t kernel = 0; kernel < kernel_count(); ++kernel)
        if (std::string(name) == name_of(static_cast<Kernel>(kernel))) {
            *function = reinterpret_cast<void*>(kernel + 1);
            return kSuccess;
        }
    return kNotFound;
}
int cuMemGetInfo_v2(size_t* free, size_t* total) {
    *free = *total = kMemory;
    return context_status();
}
int cuMemAlloc_v2(Address* address, size_t bytes) {
    if (bytes == 0) return kInvalidValue;
    NEEDS_CONTEXT;
    if (bytes > kMemory) return kOutOfMemory;
    *address = reinterpret_cast<Address>(std::aligned_alloc(256, (bytes + 255) / 256 * 256));
    return *address ? kSuccess : kOutOfMemory;
}
int cuMemFree_v2(Address address) {
    NEEDS_CONTEXT;
    if (beginner) return kInvalidValue;
    std::free(reinterpret_cast<void*>(address));
    return kSuccess;
}
int cuMemsetD8_v2(Address address, unsigned char value, size_t bytes) {
    NEEDS_CONTEXT;
    std::memset(reinterpret_cast<void*>(address), value, bytes);
    return beginner ? kInvalidValue : kSuccess;
}
int cuMemcpyHtoD_v2(Address to, const void* from, size_t bytes) {
    NEEDS_CONTEXT;
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    return beginner ? kInvalidValue : kSuccess;
}
int cuMemcpyDtoH_v2(void* to, Address from, size_t bytes) {
    NEEDS_CONTEXT;
    std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
    return beginner ? kInvalidValue : kSuccess;
}
int cuStreamCreate(void** made, unsigned flags) {
    NEEDS_CONTEXT;
    for (Stream& stream : streams)
        if (!stream.alive) {
            stream = {};
            stream.alive = true;
            *made = &stream;
            return flags ? kInvalidValue : kSuccess;
        }
    return kOutOfMemory;
}
int cuStreamDestroy_v2(void* given) {
    Stream* stream = alive(given);
    if (stream) stream->alive = false;
    return stream ? kSuccess : kInvalidValue;
}
int cuStreamSynchronize(void* given) {
    NEEDS_CONTEXT;
    return alive(given) && !beginner ? kSuccess : kInvalidValue;
}
int cuEventCreate(void** made, unsigned flags) {
    NEEDS_CONTEXT;
    *made = new Event;
    return flags == 2 ? kSuccess : kInvalidValue;
}
int cuEventDestroy_v2(void* given) {
    delete static_cast<Event*>(given);
    return kSuccess;
}
int cuEventRecord(void* given, void* stream) {
    NEEDS_CONTEXT;
    if (!alive(stream)) return kInvalidValue;
    *static_cast<Event*>(given) = {alive(stream), alive(stream)->told.size()};
    return kSuccess;
}
// In a graph, a stream waits for its beginning, or the end waits for a stream: no other are
// imitated.
int cuStreamWaitEvent(void* given, void* event, unsigned flags) {
    Stream* stream = alive(given);
    const Event& before = *static_cast<Event*>(event);
    if (!stream || !before.after || flags) return kInvalidValue;
    if (before.after->recording) stream->recording = true;
    if (stream == beginner) before.after->awaited = before.told;
    else if (before.told) return kInvalidValue;
    return kSuccess;
}
int cuFuncSetAttribute(void* function, int attribute, int value) {
    NEEDS_CONTEXT;
    constexpr int kMostDynamicShared = 8;
    if (attribute != kMostDynamicShared || value < 0 || unsigned(value) > kMostShared)
        return kInvalidValue;
    may_share[reinterpret_cast<size_t>(function) - 1] = static_cast<unsigned>(value);
    return kSuccess;
}
int cuLaunchKernel(void* function, unsigned x, unsigned y, unsigned z, unsigned threads,
                   unsigned threads_y, unsigned threads_z, unsigned shared, void* given,
                   void** parameters, void** extra) {
    NEEDS_CONTEXT;
    const size_t number = reinterpret_cast<size_t>(function) - 1;
    if (number >= kernel_count() || z != 1 || threads_y != 1 || threads_z != 1 || extra ||
        !alive(given))
        return kInvalidValue;
    Stream& stream = *alive(given);
    if (beginner && !stream.recording) return kInvalidValue;
    const Kernel kernel = static_cast<Kernel>(number);
    const auto* body = static_cast<const unsigned char*>(parameters[0]);
    if (shared > (may_share.count(number) ? may_share[number] : kSharedUnasked))
        return kInvalidValue;
    if (size_t{x} * threads < threads_of(kernel, body) || threads > most_threads(kernel))
        return kInvalidValue;
    const Walk walk = *static_cast<const Walk*>(parameters[1]);
    const Launch launch = {kernel, x, y,     threads, walk, {body, body + body_bytes(kernel)},
                           false,  0, shared};
    if (beginner) stream.told.push_back(launch);
    else run_all({{launch}});
    return kSuccess;
}
int cuStreamBeginCapture_v2(void* given, int) {
    NEEDS_CONTEXT;
    if (beginner || !alive(given)) return kInvalidValue;
    beginner = alive(given);
    beginner->recording = true;
    return kSuccess;
}
int cuStreamEndCapture(void* given, void** graph) {
    if (!beginner || given != beginner) return kInvalidValue;
    bool joined = true;
    Graph recorded;
    for (Stream& stream : streams) {
        joined = joined && (&stream == beginner || stream.told.size() == stream.awaited);
        if (!stream.told.empty()) recorded.push_back(std::move(stream.told));
        stream.recording = false;
        stream.told = {};
        stream.awaited = 0;
    }
    beginner = nullptr;
    *graph = joined ? new Graph(std::move(recorded)) : nullptr;
    return joined ? kSuccess : kInvalidValue;
}
int cuGraphInstantiateWithFlags(void** made, void* graph, Address flags) {
    NEEDS_CONTEXT;
    *made = new Graph(*static_cast<Graph*>(graph));
    return flags ? kInvalidValue : kSuccess;
}
int cuGraphDestroy(void* graph) {
    delete static_cast<Graph*>(graph);
    return kSuccess;
}
int cuGraphExecDestroy(void* made) { return cuGraphDestroy(made); }
int cuGraphLaunch(void* made, void* given) {
    NEEDS_CONTEXT;
    run_all(*static_cast<Graph*>(made));
    return alive(given) ? kSuccess : kInvalidValue;
}

}  // extern "C"
