// A libcuda.so.1 for machines without a GPU, to run the code that talks to the driver too: memory
// is this machine's, kernels are the entry points that NVRTC compiles. A stream does what it is
// told when something waits for it, or at random earlier; the streams of a graph take turns at
// random. What needs a context fails in a thread that has none, or one that nobody retains. With
// IDLE in the environment, kernels are checked but not run.
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "context.hpp"
#include "entered.hpp"
#include "streams.hpp"

using namespace engine::cuda;

namespace {

constexpr Address kMemory = Address{1} << 32;  // bytes that this device has
int module;                                    // its address stands for it
// Of all calls that have to do with streams: any thread may make them.
std::recursive_mutex calls;
#define ALONE const std::lock_guard<std::recursive_mutex> alone(calls)

std::map<size_t, unsigned> may_share;          // bytes, by kernel
constexpr unsigned kSharedUnasked = 48 << 10;  // that any kernel may
Stream* beginner = nullptr;                    // of the graph that is being recorded
using Graph = std::vector<Launched>;           // the kernels of each stream, in order

EnteredDevice& device() {
    thread_local EnteredDevice device;
    return device;
}
void run_all(const Graph& graph) {
    if (!std::getenv("IDLE")) device().run(*device().record(graph));
}
void copy_bytes(Address to, Address from, size_t bytes) {
    std::memcpy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
}

}  // namespace

extern "C" {

int cuInit(unsigned flags) { return flags ? kInvalidValue : kSuccess; }
int cuGetErrorString(int status, const char** text) {
    *text = status == kOutOfMemory ? "out of memory" : "invalid";
    return kSuccess;
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
    ALONE;
    if (beginner) return kInvalidValue;
    do_all();
    std::free(reinterpret_cast<void*>(address));
    return kSuccess;
}
int cuMemsetD8_v2(Address address, unsigned char value, size_t bytes) {
    NEEDS_CONTEXT;
    ALONE;
    do_ordered();
    std::memset(reinterpret_cast<void*>(address), value, bytes);
    return beginner ? kInvalidValue : kSuccess;
}
int cuMemcpyHtoD_v2(Address to, const void* from, size_t bytes) {
    NEEDS_CONTEXT;
    ALONE;
    do_ordered();
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    return beginner ? kInvalidValue : kSuccess;
}
int cuMemcpyHtoDAsync_v2(Address to, const void* from, size_t bytes, void* given) {
    NEEDS_CONTEXT;
    ALONE;
    Stream* stream = alive(given);
    if (!stream || stream->recording) return kInvalidValue;
    promise(*stream, [=] { copy_bytes(to, reinterpret_cast<Address>(from), bytes); });
    return kSuccess;
}
int cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, void* given) {
    NEEDS_CONTEXT;
    ALONE;
    Stream* stream = alive(given);
    if (!stream || stream->recording) return kInvalidValue;
    promise(*stream, [=] { copy_bytes(to, from, bytes); });
    return kSuccess;
}
int cuMemcpyDtoH_v2(void* to, Address from, size_t bytes) {
    NEEDS_CONTEXT;
    ALONE;
    do_ordered();
    std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
    return beginner ? kInvalidValue : kSuccess;
}
int cuStreamCreate(void** made, unsigned flags) {
    NEEDS_CONTEXT;
    ALONE;
    constexpr unsigned kNonBlocking = 1;
    if (flags > kNonBlocking) return kInvalidValue;
    *made = make_stream(flags != kNonBlocking);
    return *made ? kSuccess : kOutOfMemory;
}
int cuStreamDestroy_v2(void* given) {
    ALONE;
    Stream* stream = alive(given);
    if (!stream) return kInvalidValue;
    do_until(*stream, stream->promised);
    stream->alive = false;
    return kSuccess;
}
int cuStreamSynchronize(void* given) {
    NEEDS_CONTEXT;
    ALONE;
    if (!given) {
        do_ordered();
        return beginner ? kInvalidValue : kSuccess;
    }
    Stream* stream = alive(given);
    if (!stream || stream->recording) return kInvalidValue;
    do_until(*stream, stream->promised);
    return kSuccess;
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
    ALONE;
    Stream* after = alive(stream);
    if (!after) return kInvalidValue;
    *static_cast<Event*>(given) = {after, after->told.size(), after->promised};
    return kSuccess;
}
// In a graph, a stream waits for its beginning, or the end waits for a stream: no other are
// imitated.
int cuStreamWaitEvent(void* given, void* event, unsigned flags) {
    ALONE;
    Stream* stream = alive(given);
    const Event before = *static_cast<Event*>(event);
    if (!stream || !before.after || flags) return kInvalidValue;
    if (!before.after->recording && !stream->recording) {
        promise(*stream, [before] { do_until(*before.after, before.promised); });
        return kSuccess;
    }
    if (before.after->recording) stream->recording = true;
    if (stream == beginner) before.after->awaited = before.told;
    else if (before.told) return kInvalidValue;
    return kSuccess;
}
int cuFuncSetAttribute(void* function, int attribute, int value) {
    NEEDS_CONTEXT;
    ALONE;
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
    ALONE;
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
    const Launch launch = {kernel, x,     y, threads, walk, {body, body + body_bytes(kernel)},
                           false,  shared};
    if (stream.recording) stream.told.push_back(launch);
    else promise(stream, [launch] { run_all({{launch}}); });
    return kSuccess;
}
int cuStreamBeginCapture_v2(void* given, int) {
    NEEDS_CONTEXT;
    ALONE;
    if (beginner || !alive(given)) return kInvalidValue;
    beginner = alive(given);
    beginner->recording = true;
    return kSuccess;
}
int cuStreamEndCapture(void* given, void** graph) {
    ALONE;
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
    ALONE;
    Stream* stream = alive(given);
    if (!stream || stream->recording) return kInvalidValue;
    promise(*stream, [graph = *static_cast<Graph*>(made)] { run_all(graph); });
    return kSuccess;
}

}  // extern "C"
