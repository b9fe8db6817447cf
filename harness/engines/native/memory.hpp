// Memory for vectors: aligned, zeroed, and on huge pages if the system has them.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "vector.hpp"

namespace engine {

class VecBuffer {
public:
    VecBuffer() = default;
    explicit VecBuffer(size_t count) : data_(allocate(count)) {}
    Vec* get() const { return data_.get(); }

private:
    struct Free {
        void operator()(Vec* data) const { std::free(data); }
    };

    static Vec* allocate(size_t count) {
        constexpr size_t kHugePage = size_t{2} << 20;
#if defined(__SANITIZE_ADDRESS__)
        const size_t align = sizeof(Vec);  // so that no more bytes are taken than asked for
#else
        constexpr size_t kLine = 64;
        const size_t align = count * sizeof(Vec) >= kHugePage ? kHugePage : kLine;
#endif
        const size_t bytes = (count * sizeof(Vec) + align - 1) / align * align;
        void* data = std::aligned_alloc(align, bytes);
        if (!data) throw std::bad_alloc();
#ifdef __linux__
        if (align == kHugePage) madvise(data, bytes, MADV_HUGEPAGE);
#endif
        std::memset(data, 0, bytes);
        return static_cast<Vec*>(data);
    }

    std::unique_ptr<Vec[], Free> data_;
};

}  // namespace engine
