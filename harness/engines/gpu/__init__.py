"""The CUDA engine: groups of seeds on an NVIDIA GPU, the native engine's bits. See `../cuda/`."""
