// The seeds of a group on a device: what they are given, how they train, what they come to.
#pragma once

#include "device.hpp"
#include "memory.hpp"

namespace engine::cuda {

// To be used by one thread.
class Seeds {
public:
    // Throws std::invalid_argument for a group that the kernels do not cover.
    Seeds(const Group& group, std::shared_ptr<Device> device);

    const Group& group() const { return memory_.group(); }
    int parameters() const { return memory_.parameters(); }
    int statistics() const { return memory_.statistics(); }

    // What is in a region, by its name: of all seeds, or of one. Throws std::invalid_argument for
    // another number of bytes than lie there.
    void put(const std::string& region, const void* from, size_t bytes);
    void put(const std::string& region, int seed, const void* from, size_t bytes);
    size_t bytes_each(const std::string& region) const;
    void get(const std::string& region, int seed, void* to);

    void set_rule(int seed, const Rule& rule);
    // What is there of all seeds decides from now on.
    void begin();
    // All steps of an epoch, each of `batch` images but the last one; need not wait for them.
    void train_epoch();
    // The first step alone, of so many images. Throws std::invalid_argument for more than a batch.
    void train_step(int count);
    // Classify all test images; likewise.
    void evaluate();

private:
    RegionNumber find(const std::string& region) const;
    unsigned char* address(RegionNumber region, int seed) const;
    int count_of(int step) const;
    std::shared_ptr<const Recorded> record_steps(int first, int last);

    std::shared_ptr<Device> device_;
    Memory memory_;
    std::vector<void*> addresses_;
    Launches launches_;
    std::shared_ptr<const Recorded> steps_, last_steps_, evaluation_;
};

// Bytes that a group takes on a device. Throws as Seeds does.
size_t bytes_of(const Group& group);

}  // namespace engine::cuda
