// An NVIDIA GPU of this machine, through its driver, which is loaded at run time: no toolkit is
// needed to build this or to run it.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "device.hpp"

namespace engine::cuda {

// There is no GPU that can be used; the message says why, in one line.
class NoGpu : public std::runtime_error {
    using runtime_error::runtime_error;
};

struct DriverApi;

// What is known of a GPU before it has kernels.
struct GpuFacts {
    std::string name;
    int architecture;  // 90 means compute capability 9.0
    int driver;        // the newest CUDA that the driver supports: 12040 means 12.4
    size_t free_bytes;
};

// How many GPUs the driver shows; they are numbered from 0. Throws NoGpu.
int count_gpus();

// Throws NoGpu.
GpuFacts find_gpu(int number);

// What no other GPU has, in hexadecimal digits, whatever number it has here. Throws NoGpu.
std::string uuid_of_gpu(int number);

// Any thread may use it, and any number of them may live in a thread: a thread has the GPU's
// context after each call.
class Gpu : public Device {
public:
    // `kernels`: what NVRTC made of entries.cu. Throws NoGpu, and DeviceError if the driver refuses
    // something; so does everything else here.
    Gpu(const std::vector<char>& kernels, int number);
    ~Gpu() override;

    std::vector<void*> take(const std::vector<Region>& regions) override;
    void clear(void* at, size_t bytes) override;
    void upload(void* to, const void* from, size_t bytes) override;
    void upload_beside(void* to, const void* from, size_t bytes) override;
    void copy(void* to, const void* from, size_t bytes) override;
    void download(void* to, const void* from, size_t bytes) override;
    void run(const Launched& launched) override;

    // Records the kernels as one graph, which costs less to run again and again.
    std::shared_ptr<const Recorded> record(const std::vector<Launched>& streams) override;
    void run(const Recorded& graph, const Launched& beside = {}) override;
    void wait() override;

    std::string name() const;
    size_t free_bytes() const override;
    bool runs_side_by_side() const override { return true; }
    Room room() const override;

private:
    class Graph;
    class Capture;
    class Event;

    explicit Gpu(int number);  // without kernels
    void use() const;
    int attribute(int number) const;
    void* function(const Launch& launch);
    void* make_stream(unsigned flags) const;
    void* stream(size_t number);
    void run(const Launched& launched, void* stream);

    std::unique_ptr<DriverApi> api_;
    int device_ = 0;
    void *context_ = nullptr, *module_ = nullptr;
    void* beside_ = nullptr;  // the stream of uploads that wait for nothing
    std::vector<void*> streams_, functions_;
    std::vector<unsigned long long> taken_;
};

}  // namespace engine::cuda
