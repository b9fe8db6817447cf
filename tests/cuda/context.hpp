// What the imitated driver's functions return, its devices, and the contexts that they need.
#pragma once

#include <cstring>

#include "entered.hpp"

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

bool is(const void* given, const void* one) { return given == one; }
bool is_device(int device) { return device >= kFirst && device < kFirst + kDevices; }

}  // namespace

extern "C" {

int cuDeviceGet(int* device, int ordinal) {
    *device = kFirst + ordinal;
    return is_device(*device) ? kSuccess : kInvalidValue;
}
int cuDeviceGetCount(int* count) {
    *count = kDevices;
    return kSuccess;
}
int cuDeviceGetName(char* name, int size, int) {
    std::strncpy(name, "emulated", size);
    return kSuccess;
}
int cuDeviceGetUuid_v2(void* uuid, int device) {
    if (!is_device(device)) return kInvalidValue;
    std::memset(uuid, 0xA0 + device, 16);
    return kSuccess;
}
int cuDriverGetVersion(int* version) {
    *version = 13020;
    return kSuccess;
}
int cuDeviceGetAttribute(int* value, int attribute, int) {
    switch (attribute) {
        case 75: *value = 9; return kSuccess;  // compute capability 9.0
        case 76: *value = 0; return kSuccess;
        case 16: *value = 2; return kSuccess;  // processors
        case 97: *value = engine::cuda::kMostShared; return kSuccess;
        default: return kInvalidValue;
    }
}
int cuDevicePrimaryCtxRetain(void** made, int device) {
    if (!is_device(device)) return kInvalidValue;
    *made = &contexts[device - kFirst];
    ++contexts[device - kFirst].retained;
    return kSuccess;
}
int cuDevicePrimaryCtxRelease_v2(int device) {
    if (!is_device(device) || !contexts[device - kFirst].retained) return kInvalidValue;
    --contexts[device - kFirst].retained;
    return kSuccess;
}
int cuDevicePrimaryCtxGetState(int device, unsigned* flags, int* active) {
    if (!is_device(device)) return kInvalidValue;
    *flags = 0;
    *active = contexts[device - kFirst].retained > 0;
    return kSuccess;
}
int cuCtxGetCurrent(void** found) {
    *found = current;
    return kSuccess;
}
int cuCtxSetCurrent(void* given) {
    current = static_cast<Context*>(given);
    return !given || is(given, &contexts[0]) || is(given, &contexts[1]) ? kSuccess : kInvalidValue;
}

}  // extern "C"
