// Several GPUs in a thread and in several threads, on this machine's driver: whichever is used has
// its context, and what its user had before is there again afterwards. And what threads upload
// beside everything else is there when they say so.
// A GPU that is refused its kernels leaves nothing behind, nor does one that is only looked at.
//
//     contexts KERNELS
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "device_of.hpp"
#include "driver.hpp"

using namespace engine::cuda;

namespace {

void check(bool true_, const char* what) {
    if (true_) return;
    std::fprintf(stderr, "contexts: %s\n", what);
    std::exit(1);
}

void* current() {
    void* context = nullptr;
    DriverApi().call<void**>("cuCtxGetCurrent", &context);
    return context;
}

bool is_retained() {
    const DriverApi api;
    unsigned flags = 0;
    int active = 0;
    api.call<int, unsigned*, int*>("cuDevicePrimaryCtxGetState", device_of(api, 0), &flags,
                                   &active);
    return active != 0;
}

// Everything that a group does, apart from kernels.
void use(Gpu& gpu) {
    const std::vector<void*> places = gpu.take({Region{"bytes", 4}});
    const char given[4] = {1, 2, 3, 4};
    char found[4] = {};
    gpu.upload(places[0], given, 4);
    gpu.download(found, places[0], 4);
    check(std::equal(given, given + 4, found), "bytes are not what was put there");
    gpu.run(*gpu.record({{}}));
    gpu.run(Launched{});
    gpu.wait();
    check(gpu.free_bytes() > 0, "no memory is free");
}

// An error while a destructor runs would end the process.
void check_lacking() {
    const DriverApi api;
    api.release<void*>("cuNoSuchFunction", nullptr);
    try {
        api.attempt<void*>("cuNoSuchFunction", nullptr);
        check(false, "the driver has all functions");
    } catch (const NoGpu&) {
    }
}

void check_found() {
    check(find_gpu(0).free_bytes > 0, "no memory is free on a GPU that was found");
    check(!uuid_of_gpu(0).empty() && uuid_of_gpu(0) == uuid_of_gpu(0), "a GPU has two names");
    check(!current() && !is_retained(), "a context is left of a GPU that was found");
}

void check_refused() {
    const std::vector<char> no_kernels(64);
    try {
        Gpu gpu(no_kernels, 0);
        check(false, "what is no kernels is taken for some");
    } catch (const NoGpu&) {
        check(!current(), "a context is left of a GPU that was not made");
        check(!is_retained(), "a context is retained for a GPU that was not made");
    }
}

void check_threads(const std::vector<char>& kernels) {
    auto first = std::make_unique<Gpu>(kernels, 0), second = std::make_unique<Gpu>(kernels, 0);
    first.reset();
    use(*second);
    std::thread([&] {
        use(*second);
        second.reset();
        check(!current(), "a context is left that nobody retains");
    }).join();
}

void check_former(const std::vector<char>& kernels) {
    Gpu first(kernels, 0);
    void* const former = current();
    check(former, "there is no context");
    {
        Gpu second(kernels, 1);
        check(current() != former, "two GPUs share a context");
        use(first);
        use(second);
        use(first);
    }
    check(current() == former, "the former context is not there again");
    use(first);
}

// Threads fill a place again and again, and what was there before is in another one by then.
void check_uploads_beside(const std::vector<char>& kernels) {
    constexpr int kThreads = 4, kPart = 1000, kRounds = 20;
    Gpu gpu(kernels, 0);
    const std::vector<void*> places =
        gpu.take({Region{"given", kThreads * kPart}, Region{"next given", kThreads * kPart}});
    std::vector<char> given(kThreads * kPart), found(kThreads * kPart);
    for (int round = 1; round <= kRounds; ++round) {
        std::vector<std::thread> threads;
        for (int n = 0; n < kThreads; ++n)
            threads.emplace_back([&, n] {
                const std::vector<char> part(kPart, static_cast<char>(round + n));
                gpu.upload_beside(static_cast<char*>(places[1]) + n * kPart, part.data(), kPart);
            });
        for (std::thread& thread : threads) thread.join();
        gpu.download(found.data(), places[0], found.size());
        check(found == given, "what was uploaded before is not there");
        gpu.copy(places[0], places[1], found.size());
        gpu.wait();
        for (int i = 0; i < kThreads * kPart; ++i) given[i] = static_cast<char>(round + i / kPart);
    }
    gpu.download(found.data(), places[0], found.size());
    check(found == given, "what was uploaded last is not there");
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return std::fprintf(stderr, "contexts KERNELS\n"), 2;
    try {
        const std::vector<char> kernels = cases::contents(arguments[1]);
        check_lacking();
        check_found();
        check_refused();
        check_threads(kernels);
        check_former(kernels);
        check_uploads_beside(kernels);
    } catch (const std::runtime_error& error) {
        return std::fprintf(stderr, "contexts: %s\n", error.what()), 1;
    }
    std::puts("each GPU has its context");
    return 0;
}
