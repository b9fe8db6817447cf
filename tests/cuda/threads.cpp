#include "threads.hpp"

#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <vector>

thread_local Index threadIdx, blockIdx, blockDim;

namespace engine::cuda {

namespace {

constexpr size_t kStack = 1 << 16;  // bytes

enum class State { kReady, kAtWarp, kAtBlock, kDone };

struct Thread {
    ucontext_t context;
    std::unique_ptr<char[]> stack{new char[kStack]};
    State state = State::kReady;
    double given = 0;
};

class Block;
Block& own_block();
void begin_thread();

// Its threads are kept for the next block, since stacks take a while to make.
class Block {
public:
    void run(const std::function<void()>& body, std::minstd_rand& random) {
        body_ = &body;
        while (threads_.size() < blockDim.x) threads_.push_back(std::make_unique<Thread>());
        std::vector<unsigned> turns(blockDim.x);
        std::iota(turns.begin(), turns.end(), 0u);
        for (const unsigned number : turns) prepare(*threads_[number]);
        do {
            std::shuffle(turns.begin(), turns.end(), random);
            for (const unsigned number : turns)
                if (threads_[number]->state == State::kReady) go_on(number);
        } while (release());
    }

    void wait(State state) {
        Thread& own = *threads_[threadIdx.x];
        own.state = state;
        swapcontext(&own.context, &scheduler_);
    }

    double exchanged(double given, unsigned from) {
        threads_[threadIdx.x]->given = given;
        wait(State::kAtWarp);
        const double found = threads_[threadIdx.x / kWarp * kWarp + from]->given;
        wait(State::kAtWarp);  // until all have read it
        return found;
    }

    void begin() {
        (*body_)();
        threads_[threadIdx.x]->state = State::kDone;
    }

private:
    void prepare(Thread& thread) {
        thread.state = State::kReady;
        getcontext(&thread.context);
        thread.context.uc_stack.ss_sp = thread.stack.get();
        thread.context.uc_stack.ss_size = kStack;
        thread.context.uc_link = &scheduler_;
        makecontext(&thread.context, begin_thread, 0);
    }

    void go_on(unsigned number) {
        threadIdx = {number, 0, 0};
        swapcontext(&scheduler_, &threads_[number]->context);
    }

    bool all(unsigned first, unsigned count, State state) const {
        return std::all_of(threads_.begin() + first, threads_.begin() + first + count,
                           [&](const auto& thread) { return thread->state == state; });
    }

    void set_ready(unsigned first, unsigned count) {
        for (unsigned n = first; n < first + count; ++n) threads_[n]->state = State::kReady;
    }

    // Lets go on those that have waited for each other; false: all are done.
    bool release() {
        if (all(0, blockDim.x, State::kDone)) return false;
        if (all(0, blockDim.x, State::kAtBlock)) return set_ready(0, blockDim.x), true;
        bool any = false;
        for (unsigned first = 0; first + kWarp <= blockDim.x; first += kWarp)
            if (all(first, kWarp, State::kAtWarp)) set_ready(first, kWarp), any = true;
        if (any) return true;
        std::fputs("some threads of a block wait where others do not\n", stderr);
        std::abort();
    }

    std::vector<std::unique_ptr<Thread>> threads_;
    const std::function<void()>* body_ = nullptr;
    ucontext_t scheduler_;
};

// Of this thread of the processor.
Block& own_block() {
    thread_local Block block;
    return block;
}

void begin_thread() { own_block().begin(); }

}  // namespace

void run_block(const std::function<void()>& body, std::minstd_rand& random) {
    own_block().run(body, random);
}

double exchanged(double given, unsigned from) { return own_block().exchanged(given, from); }

}  // namespace engine::cuda

void __syncthreads() { engine::cuda::own_block().wait(engine::cuda::State::kAtBlock); }
