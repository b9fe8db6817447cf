// Launching a kernel, by its type.
#pragma once

#include <limits>
#include <stdexcept>
#include <type_traits>

#include "launches.hpp"

namespace engine::cuda {

template <class Body>
struct KernelOf;
#define ENGINE_CUDA_KERNEL_OF(entry, ...)              \
    template <>                                        \
    struct KernelOf<__VA_ARGS__> {                     \
        static constexpr Kernel value = Kernel::entry; \
    };
ENGINE_CUDA_KERNELS(ENGINE_CUDA_KERNEL_OF, ENGINE_CUDA_KERNEL_OF, ENGINE_CUDA_KERNEL_OF,
                    ENGINE_CUDA_KERNEL_OF)
#undef ENGINE_CUDA_KERNEL_OF

template <class Body, class = void>
struct IsBrief : std::false_type {};
template <class Body>
struct IsBrief<Body, std::void_t<decltype(Body::kBrief)>> : std::true_type {};

// Adds a launch of a kernel for `seeds` seeds. Throws std::invalid_argument for more threads per
// seed than a grid has.
template <class Body>
void add(Launched& launched, const Body& body, int seeds) {
    static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= 4096);
    const long long threads = (long long)body.planes * body.count;
    if (threads > std::numeric_limits<int>::max() - Body::kThreads)
        throw std::invalid_argument("a batch is too large");
    const unsigned blocks = static_cast<unsigned>((threads + Body::kThreads - 1) / Body::kThreads);
    Launch launch = {KernelOf<Body>::value, blocks, static_cast<unsigned>(seeds),
                     Body::kThreads,        {0, 1}, std::vector<unsigned char>(sizeof body),
                     IsBrief<Body>::value};
    std::memcpy(launch.body.data(), &body, sizeof body);
    launched.push_back(std::move(launch));
}

// Calls visit(pool, dropout) with constants.
template <class Visit>
void with_kind(Pool pool, bool dropout, Visit visit) {
    const auto with_pool = [&](auto drops) {
        switch (pool) {
            case Pool::kMax: return visit(std::integral_constant<Pool, Pool::kMax>{}, drops);
            case Pool::kAverage:
                return visit(std::integral_constant<Pool, Pool::kAverage>{}, drops);
            default: return visit(std::integral_constant<Pool, Pool::kNone>{}, drops);
        }
    };
    if (dropout) return with_pool(std::true_type{});
    with_pool(std::false_type{});
}

}  // namespace engine::cuda
