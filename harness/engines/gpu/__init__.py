"""The CUDA engine: groups of seeds on an NVIDIA GPU, with the native bits. See `../cuda/`."""
