// Whether this processor has what the native engine was built for. Built for any processor.
#include <nanobind/nanobind.h>

NB_MODULE(_processor, module) {
    module.def("supported", [] {
#if defined(__x86_64__)
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi2");
#else
        return true;
#endif
    });
}
