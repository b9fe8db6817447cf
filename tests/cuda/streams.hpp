// The streams of the imitated driver. What a stream promises it does in order, but late: when
// something waits for it, or at random.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <vector>

#include "launches.hpp"

namespace {

struct Stream {
    bool alive = false;
    bool ordered = true;                       // with what has no stream
    std::deque<std::function<void()>> undone;  // of what was promised
    size_t promised = 0, done = 0;
    bool recording = false;       // its kernels go into the graph
    engine::cuda::Launched told;  // of them
    size_t awaited = 0;           // of them, those that the graph's end waits for
};
struct Event {
    Stream* after = nullptr;
    size_t told = 0;      // of the graph
    size_t promised = 0;  // of the stream
};
constexpr int kStreams = 64;
Stream streams[kStreams];
std::minstd_rand streams_random;

Stream* alive(void* given) {
    auto* stream = static_cast<Stream*>(given);
    return stream >= streams && stream < streams + kStreams && stream->alive ? stream : nullptr;
}

// Null if there are too many.
Stream* make_stream(bool ordered) {
    for (Stream& stream : streams)
        if (!stream.alive) {
            stream = {};
            stream.alive = true;
            stream.ordered = ordered;
            return &stream;
        }
    return nullptr;
}

// What is done may have other streams do something first.
void do_until(Stream& stream, size_t count) {
    while (stream.done < count) {
        const std::function<void()> next = std::move(stream.undone.front());
        stream.undone.pop_front();
        next();
        ++stream.done;
    }
}

void do_all() {
    for (Stream& stream : streams) do_until(stream, stream.promised);
}

void do_ordered() {
    for (Stream& stream : streams)
        if (stream.ordered) do_until(stream, stream.promised);
}

void promise(Stream& stream, std::function<void()> promised) {
    stream.undone.push_back(std::move(promised));
    ++stream.promised;
    while (streams_random() % 2) {
        std::vector<Stream*> late;
        for (Stream& one : streams)
            if (!one.undone.empty()) late.push_back(&one);
        if (late.empty()) return;
        Stream& any = *late[streams_random() % late.size()];
        do_until(any, any.done + 1);
    }
}

}  // namespace
