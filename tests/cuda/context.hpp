// What the imitated driver's functions return, and the contexts that they need.
#pragma once

namespace {

using Address = unsigned long long;
enum Status {
    kSuccess = 0,
    kInvalidValue = 1,
    kOutOfMemory = 2,
    kInvalidContext = 201,
    kNotFound = 500,
    kContextIsDestroyed = 709
};

constexpr int kDevices = 2, kFirst = 7;  // the handle of the first
struct Context {
    int retained = 0;
} contexts[kDevices];
thread_local Context* current = nullptr;

// Whether this thread can do what needs a context.
int context_status() {
    if (!current) return kInvalidContext;
    return current->retained ? kSuccess : kContextIsDestroyed;
}
#define NEEDS_CONTEXT \
    if (const int status = context_status()) return status

}  // namespace
