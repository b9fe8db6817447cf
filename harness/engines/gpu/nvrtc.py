"""NVRTC, NVIDIA's compiler at run time: found in its wheels or in a toolkit, and called."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from ctypes import CDLL, byref, c_char_p, c_int, c_size_t, c_void_p, create_string_buffer
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PLACES: Final = {13: "nvidia/cu13/lib", 12: "nvidia/cuda_nvrtc/lib"}
"""Folders of its wheels in site-packages, by CUDA's version, the newest first."""


class CompilationFault(RuntimeError):
    """NVRTC refused something; the message is NVRTC's."""


@dataclass(frozen=True)
class Nvrtc:
    """The library of one version of CUDA."""

    library: CDLL
    version: tuple[int, int]

    def compile(self, source: bytes, options: Sequence[str]) -> bytes:
        """Machine code of a CUDA source; raises CompilationFault."""
        program, name = c_void_p(), c_char_p(b"entries.cu")
        given = (c_char_p * len(options))(*(option.encode() for option in options))
        create = self.library.nvrtcCreateProgram
        if create(byref(program), c_char_p(source), name, 0, None, None):
            raise CompilationFault("NVRTC cannot begin")
        try:
            failed = self.library.nvrtcCompileProgram(program, c_int(len(options)), given)
            said = self._text("ProgramLog", program).strip(b"\0\n ").decode(errors="replace")
            if failed:
                raise CompilationFault(said or f"NVRTC's error {failed}")
            if said:  # versions other than the tested ones may give warnings
                warnings.warn(f"NVRTC: {said}", stacklevel=2)
            return self._text("CUBIN", program)
        finally:
            self.library.nvrtcDestroyProgram(byref(program))

    def _text(self, what: str, program: c_void_p) -> bytes:
        size = c_size_t()
        getattr(self.library, f"nvrtcGet{what}Size")(program, byref(size))
        buffer = create_string_buffer(size.value)
        getattr(self.library, f"nvrtcGet{what}")(program, buffer)
        return buffer.raw


def find_nvrtc(newest: int) -> Nvrtc | None:
    """The newest NVRTC here that suits the driver, which supports CUDA up to `newest`."""
    for major in PLACES:
        if major <= newest and (found := _load(major)):
            return found
    return None


def _load(major: int) -> Nvrtc | None:
    name = f"libnvrtc.so.{major}"
    wheels = [Path(folder, PLACES[major], name) for folder in sys.path]
    # Libraries of wheels first, then the one that the system's loader finds.
    for place in [*(str(place) for place in wheels if os.path.exists(place)), name]:
        try:
            library = _opened(place)
        except OSError:
            continue
        numbers = c_int(), c_int()
        library.nvrtcVersion(byref(numbers[0]), byref(numbers[1]))
        return Nvrtc(library, (numbers[0].value, numbers[1].value))
    return None


def _opened(place: str) -> CDLL:
    """The library, loaded after the one that it needs and asks the system's loader for by name.

    Not all wheels say that the other one is beside it (13.0 does not), but a loaded library is
    found.
    """
    if os.sep in place:
        for beside in Path(place).parent.glob("libnvrtc-builtins.so.*"):
            CDLL(str(beside))
    return CDLL(place)
