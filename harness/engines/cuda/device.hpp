// A device holds a group's memory and runs its kernels.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <vector>

#include "launches.hpp"

namespace engine::cuda {

// The device refused something, or is lost.
class DeviceError : public std::runtime_error {
    using runtime_error::runtime_error;
};

class TooLittleMemory : public DeviceError {
    using DeviceError::DeviceError;
};

// Kernels that were recorded once, to run again and again; they must not outlive their device.
class Recorded {
public:
    virtual ~Recorded() = default;
};

// Only one thread may use it, except for what says otherwise.
class Device {
public:
    Device() = default;
    Device(const Device&) = delete;
    virtual ~Device() = default;
    // Takes zeroed memory for regions, until the device ends; returns their addresses.
    virtual std::vector<void*> take(const std::vector<Region>& regions) = 0;
    virtual void upload(void* to, const void* from, size_t bytes) = 0;
    // Like `upload`, but neither waits for kernels nor do they wait for it. Any number of threads
    // may call it at once, for memory that nothing else uses meanwhile.
    virtual void upload_beside(void* to, const void* from, size_t bytes) = 0;
    // Starts to copy within the device's memory, after what was started before.
    virtual void copy(void* to, const void* from, size_t bytes) = 0;
    // Waits for everything that was started before.
    virtual void download(void* to, const void* from, size_t bytes) = 0;
    // Waits until the bytes are zero.
    virtual void clear(void* at, size_t bytes) = 0;
    // Starts to run kernels, one after the other, and need not wait for them.
    virtual void run(const Launched& launched) = 0;
    // Kernels of the same stream run one after the other.
    virtual std::shared_ptr<const Recorded> record(const std::vector<Launched>& streams) = 0;
    // With kernels beside them, which run one after the other: both begin after what was started
    // before, and what is started later begins after both.
    virtual void run(const Recorded& recorded, const Launched& beside = {}) = 0;
    virtual void wait() = 0;
    // The number of bytes that can be taken now.
    virtual size_t free_bytes() const = 0;
    // Whether kernels of different streams can run at the same time.
    virtual bool runs_side_by_side() const = 0;
    virtual Room room() const = 0;
};

}  // namespace engine::cuda
