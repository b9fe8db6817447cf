"""Compiles the CUDA engine's kernels for one architecture by NVRTC, which needs no GPU.

    compile.py SOURCES ARCHITECTURE CUBIN

NVRTC is that of the wheel nvidia-cuda-nvrtc-cu12 beside this Python.
"""

from __future__ import annotations

import sys
from ctypes import CDLL, byref, c_char_p, c_int, c_size_t, c_void_p, create_string_buffer
from pathlib import Path
from typing import Final

# No product is fused but where it is written, and nothing is rounded otherwise than IEEE 754 says.
OPTIONS: Final = (
    "--std=c++17",
    "--device-as-default-execution-space",
    "--fmad=false",
    "--ftz=false",
    "--prec-div=true",
    "--prec-sqrt=true",
)


def library() -> CDLL:
    """The wheel's; raises SystemExit where there is none."""
    places = (Path(folder) / "nvidia/cuda_nvrtc/lib/libnvrtc.so.12" for folder in sys.path)
    for place in places:
        if place.exists():
            return CDLL(str(place))
    raise SystemExit("NVRTC is not here: pip install nvidia-cuda-nvrtc-cu12")


def compiled(sources: Path, architecture: str) -> bytes:
    """The kernels' machine code; raises SystemExit with what NVRTC says of them."""
    nvrtc, program = library(), c_void_p()
    text = (sources / "entries.cu").read_bytes()
    nvrtc.nvrtcCreateProgram(byref(program), c_char_p(text), b"entries.cu", 0, None, None)
    headers = (f"--include-path={folder}" for folder in (sources, sources / "device_headers"))
    options = [one.encode() for one in (f"-arch={architecture}", *OPTIONS, *headers)]
    given = (c_char_p * len(options))(*options)
    failed = nvrtc.nvrtcCompileProgram(program, c_int(len(options)), given)
    if failed or _text(nvrtc, "ProgramLog", program).strip(b"\0\n "):
        raise SystemExit(_text(nvrtc, "ProgramLog", program).decode())
    return _text(nvrtc, "CUBIN", program)


def _text(nvrtc: CDLL, what: str, program: c_void_p) -> bytes:
    size = c_size_t()
    getattr(nvrtc, f"nvrtcGet{what}Size")(program, byref(size))
    buffer = create_string_buffer(size.value)
    getattr(nvrtc, f"nvrtcGet{what}")(program, buffer)
    return buffer.raw


if __name__ == "__main__":
    Path(sys.argv[3]).write_bytes(compiled(Path(sys.argv[1]), sys.argv[2]))
