// The seeds of a group on a device: what they are given, how they train, and their results.
#pragma once

#include <optional>

#include "device.hpp"
#include "in_streams.hpp"

namespace engine::cuda {

// Only one thread may use it. But any number of threads may put what seeds are given for an epoch,
// which goes to a place of its own, except while `take_given` takes it from there.
class Seeds {
public:
    // If it is not said how many streams run side by side, some steps of each number tell the
    // fastest. Throws std::invalid_argument for a group that the kernels do not cover.
    Seeds(const Group& group, std::shared_ptr<Device> device, std::optional<int> streams);

    const Group& group() const { return memory_.group(); }
    int streams() const { return streams_; }
    int parameters() const { return memory_.parameters(); }

    // The bytes of a region, by its name, for all seeds or for one. Throws std::invalid_argument if
    // their number is not the region's.
    void put(const std::string& region, const void* from, size_t bytes);
    void put(const std::string& region, int seed, const void* from, size_t bytes);
    size_t bytes_each(const std::string& region) const;
    void get(const std::string& region, int seed, void* to);

    void set_rule(int seed, const Rule& rule);
    // To be called once the parameters and rules of all seeds are there.
    void begin();
    // Takes what the seeds were given for an epoch, and waits until all is copied: the next epoch's
    // may be put then.
    void take_given();
    // Starts all steps of an epoch, each on a full batch except the last; need not wait for them.
    void train_epoch();
    // Only the first step, on `count` images. Throws std::invalid_argument for more than a batch.
    void train_step(int count);
    // Starts to classify all test images; need not wait for it.
    void evaluate();

private:
    void put_constants();
    void restart();
    int steps_of_graph() const;
    int find_fastest();
    RegionNumber find(const std::string& region) const;
    void put(RegionNumber region, size_t offset, const void* from, size_t bytes);
    size_t offset(RegionNumber region, int seed) const;
    unsigned char* address(RegionNumber region, size_t offset) const;
    int count_of(int step) const;
    std::shared_ptr<const Recorded> record(const Launched& launched) const;
    std::shared_ptr<const Recorded> record_steps(int first, int last) const;
    void record_epoch();

    std::shared_ptr<Device> device_;
    Memory memory_;
    std::vector<void*> addresses_;
    Launches launches_;
    int streams_;
    std::shared_ptr<const Recorded> steps_, last_steps_, evaluation_;
    int steps_each_ = 0;  // of `steps_`
};

// The bytes that a group takes on a device. Throws like Seeds.
size_t bytes_of(const Group& group);

}  // namespace engine::cuda
