// The first NVIDIA GPU of this machine, by its driver, which is looked for when it is needed: no
// toolkit is needed to build this or to run it.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "device.hpp"

namespace engine::cuda {

// There is no GPU that can be used: a line that says why.
class NoGpu : public std::runtime_error {
    using runtime_error::runtime_error;
};

struct DriverApi;

class Gpu : public Device {
public:
    // `kernels`: what NVRTC made of entries.cu. Throws NoGpu, and std::runtime_error where the
    // driver refuses something; so does everything else here.
    explicit Gpu(const std::vector<char>& kernels);
    ~Gpu() override;
    Gpu(const Gpu&) = delete;

    std::vector<void*> take(const std::vector<Region>& regions) override;
    void upload(void* to, const void* from, size_t bytes) override;
    void download(void* to, const void* from, size_t bytes) override;
    void run(const Launched& launched) override;

    // Kernels as one graph, which costs less to run again and again.
    class Graph;
    std::shared_ptr<Graph> record(const Launched& launched);
    void run(const Graph& graph);
    void wait();

    std::string name() const;
    size_t free_bytes() const;

private:
    void* function(Kernel kernel);

    std::unique_ptr<DriverApi> api_;
    int device_ = 0;
    void *context_ = nullptr, *module_ = nullptr, *stream_ = nullptr;
    std::vector<void*> functions_;
    std::vector<unsigned long long> taken_;
};

}  // namespace engine::cuda
