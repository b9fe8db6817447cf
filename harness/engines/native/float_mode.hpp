// Sets the processor's ordinary floating-point mode for as long as an object of this class lives:
// round to nearest, keep denormal numbers. Other code in the process may have changed the mode.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace engine {

class OrdinaryFloatMode {
public:
    OrdinaryFloatMode() : before_(get()) { set(kOrdinary); }
    ~OrdinaryFloatMode() { set(before_); }
    OrdinaryFloatMode(const OrdinaryFloatMode&) = delete;
    OrdinaryFloatMode& operator=(const OrdinaryFloatMode&) = delete;

private:
#if defined(__SSE2__)
    using Mode = unsigned;
    static constexpr Mode kOrdinary = 0x1F80;  // all exceptions masked, nothing else
    static Mode get() { return _mm_getcsr(); }
    static void set(Mode mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
    using Mode = uint64_t;
    static constexpr Mode kOrdinary = 0;
    static Mode get() {
        Mode mode;
        asm volatile("mrs %0, fpcr" : "=r"(mode));
        return mode;
    }
    static void set(Mode mode) { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#endif
    Mode before_;
};

}  // namespace engine
