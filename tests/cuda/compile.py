"""Compiles the CUDA engine's kernels by NVRTC, which needs no GPU.

    compile.py CUBIN [ARCHITECTURE]
    compile.py --keep ARCHITECTURE      into the cache folder

For this machine's GPU where no architecture, as 90 for compute capability 9.0, is named.
"""

from __future__ import annotations

import sys
from pathlib import Path

from reprobench.harness.engines.gpu.kernels import compiled, kernels
from reprobench.harness.engines.gpu.nvrtc import find_nvrtc

NEWEST = 99
"""More than any version of CUDA; a driver, if there is one, decides."""


def main(place: str, architecture: str | None = None) -> None:
    """Write the machine code; raises SystemExit if there is no NVRTC."""
    newest, number = NEWEST, int(architecture or 0)
    if architecture is None:
        from reprobench.harness.engines import _cuda

        facts = _cuda.find_gpu(0)
        newest, number = facts.driver // 1000, facts.architecture
    nvrtc = find_nvrtc(newest)
    if nvrtc is None:
        raise SystemExit("NVRTC is not here: pip install 'reprobench[cuda]'")
    if place == "--keep":
        kernels(nvrtc, number)
    else:  # for the GPU of this machine, also into the cache for the commands that follow
        make = kernels if architecture is None else compiled
        Path(place).write_bytes(make(nvrtc, number))


if __name__ == "__main__":
    main(*sys.argv[1:])
