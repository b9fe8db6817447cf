// An emulated device: its memory is this machine's, and a kernel's threads are loops, from the
// first thread to the last or the other way round, by chance: a thread that needed something of
// another one would show in the bits.
#pragma once

#include <cstdlib>
#include <memory>
#include <random>

#include "device.hpp"

namespace engine::cuda {

// Of threads that need nothing of each other.
enum class Order { kUpwards, kDownwards };

template <class Visit>
void each(Order order, int count, const Visit& visit) {
    for (int n = 0; n < count; ++n) visit(order == Order::kUpwards ? n : count - 1 - n);
}

class EmulatedDevice : public Device {
public:
    // Each region is separate, so that a sanitizer finds an address beyond its end.
    std::vector<void*> take(const std::vector<Region>& regions) override;
    void upload(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
    void upload_beside(void* to, const void* from, size_t bytes) override {
        upload(to, from, bytes);
    }
    void copy(void* to, const void* from, size_t bytes) override { upload(to, from, bytes); }
    void download(void* to, const void* from, size_t bytes) override {
        std::memcpy(to, from, bytes);
    }
    void clear(void* at, size_t bytes) override { std::memset(at, 0, bytes); }
    void run(const Launched& launched) override;
    std::shared_ptr<const Recorded> record(const std::vector<Launched>& streams) override;
    // Streams take turns at random, as they may on a GPU.
    void run(const Recorded& recorded, const Launched& beside = {}) override;
    void wait() override {}
    size_t free_bytes() const override;
    bool runs_side_by_side() const override { return false; }
    Room room() const override { return room_; }

protected:
    virtual void run_one(const Launch& launch);
    Order either_order() { return random_() % 2 ? Order::kUpwards : Order::kDownwards; }
    std::minstd_rand random_;  // which stream's turn it is, and where a kernel's threads begin

private:
    static Room next_room();

    struct Kept : Recorded {
        explicit Kept(const std::vector<Launched>& streams) : streams(streams) {}
        std::vector<Launched> streams;
    };
    struct Free {
        void operator()(void* data) const { std::free(data); }
    };
    std::vector<std::unique_ptr<void, Free>> taken_;
    const Room room_ = next_room();
};

// The size of a kernel's argument, and the threads that a launch of it must have.
size_t kernel_count();
size_t body_bytes(Kernel kernel);
size_t threads_of(Kernel kernel, const void* body);

}  // namespace engine::cuda
