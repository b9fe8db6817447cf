// All kernels, by name: for NVRTC the entry point of each, for g++ a loop over its threads.
#pragma once

#include "convolve.cuh"
#include "convolve_staged.cuh"
#include "correlate.cuh"
#include "correlate_first.cuh"
#include "correlate_staged.cuh"
#include "dropout.cuh"
#include "images.cuh"
#include "loss.cuh"

// KERNEL(name, type); IN_LANES(name, type) for kernels that add up lanes, IN_TURNS(name, type) for
// kernels that add up turns, IN_STAGES(name, type) for kernels that read from shared memory.
#define ENGINE_CUDA_CONVOLVE(KERNEL, k)         \
    KERNEL(convolve_##k##_by_1, Convolve<k, 1>) \
    KERNEL(convolve_##k##_by_2, Convolve<k, 2>) \
    KERNEL(convolve_##k##_by_4, Convolve<k, 4>) \
    KERNEL(convolve_##k##_by_5, Convolve<k, 5>) \
    KERNEL(convolve_##k##_by_8, Convolve<k, 8>) \
    KERNEL(convolve_##k##_by_10, Convolve<k, 10>)
#define ENGINE_CUDA_POOL(ONE, name, type, dropout) \
    ONE(name##_all, type<Pool::kNone, dropout>)    \
    ONE(name##_maximum, type<Pool::kMax, dropout>) \
    ONE(name##_mean, type<Pool::kAverage, dropout>)
#define ENGINE_CUDA_POINTWISE(ONE, name, type) \
    ENGINE_CUDA_POOL(ONE, name, type, false)   \
    ENGINE_CUDA_POOL(ONE, name##_dropped, type, true)
#define ENGINE_CUDA_KERNELS(KERNEL, IN_LANES, IN_TURNS, IN_STAGES)           \
    ENGINE_CUDA_CONVOLVE(KERNEL, 1)                                          \
    ENGINE_CUDA_CONVOLVE(KERNEL, 3)                                          \
    KERNEL(convolve_any, Convolve<0, 4>)                                     \
    IN_STAGES(convolve_staged_by_8, ConvolveStaged<8>)                       \
    IN_STAGES(convolve_staged_by_10, ConvolveStaged<10>)                     \
    KERNEL(pack, Pack)                                                       \
    IN_TURNS(correlate_3_by_4, Correlate3<4>)                                \
    IN_TURNS(correlate_3_by_5, Correlate3<5>)                                \
    IN_STAGES(correlate_staged_by_2, CorrelateStaged<2>)                     \
    IN_STAGES(correlate_staged_by_4, CorrelateStaged<4>)                     \
    KERNEL(correlate_parts, CorrelateParts<5, 5>)                            \
    KERNEL(correlate_join, CorrelateJoin)                                    \
    KERNEL(correlate_first, CorrelateFirst<5, false>)                        \
    KERNEL(correlate_first_dropped, CorrelateFirst<5, true>)                 \
    KERNEL(finish_filters, FinishFilters)                                    \
    ENGINE_CUDA_POINTWISE(KERNEL, produce, Produce)                          \
    ENGINE_CUDA_POINTWISE(KERNEL, convolution_gradient, ConvolutionGradient) \
    ENGINE_CUDA_POINTWISE(IN_LANES, gradient_moments, GradientMoments)       \
    IN_LANES(statistics, Statistics)                                         \
    KERNEL(start_channels, StartChannels)                                    \
    KERNEL(end_statistics, EndStatistics)                                    \
    KERNEL(use_running, UseRunning)                                          \
    KERNEL(end_gradients, EndGradients)                                      \
    IN_LANES(mean_greys, MeanGreys)                                          \
    KERNEL(put_images, PutImages)                                            \
    KERNEL(put_test_images, PutTestImages)                                   \
    KERNEL(draw_masks, DrawMasks)                                            \
    KERNEL(loss, Loss)                                                       \
    KERNEL(sum_losses, SumLosses)                                            \
    KERNEL(classify, Classify)                                               \
    KERNEL(sum_test, SumTest)                                                \
    KERNEL(update, Update)                                                   \
    KERNEL(advance, Advance)
