// Says which builds of the native engine this processor can run. Itself built for any processor.
#include <nanobind/nanobind.h>

namespace nb = nanobind;

NB_MODULE(_processor, module) {
    // The modules' names, the fastest first.
    module.def("builds", [] {
        nb::list builds;
#if defined(__x86_64__)
        __builtin_cpu_init();
        if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
            !__builtin_cpu_supports("bmi2"))
            return builds;
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
            builds.append("_native_avx512");
#endif
        builds.append("_native");
        return builds;
    });
}
