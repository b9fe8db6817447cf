"""The messages if there is no device that can be used."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from reprobench.harness.engines.choice import choose, missing_engines, on_processors, remarks
from reprobench.harness.engines.gpu import device
from reprobench.harness.engines.roster import CUDA
from reprobench.harness.study.declaration import Study


def pretend(
    monkeypatch: pytest.MonkeyPatch, *, driver: int = 12040, nvrtc: object = object()
) -> None:
    """Pretend that there is a GPU with this driver's version of CUDA, and this compiler."""
    facts = SimpleNamespace(name="A GPU", architecture=90, driver=driver, free_bytes=1)
    module = SimpleNamespace(find_gpu=lambda _: facts, count_gpus=lambda: 3)
    monkeypatch.delenv(device.VARIABLE, raising=False)
    monkeypatch.setattr(device, "_module", lambda: module)
    monkeypatch.setattr(device, "find_nvrtc", lambda _: nvrtc)
    device._found.cache_clear()


@pytest.fixture(autouse=True)
def _forget() -> object:
    yield
    device._found.cache_clear()


def test_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_gpu(_: int) -> None:
        raise RuntimeError("there is no NVIDIA driver (libcuda.so.1)")

    pretend(monkeypatch)
    monkeypatch.setattr(device, "_module", lambda: SimpleNamespace(find_gpu=find_gpu))
    assert device.why_missing() == (
        "there is no NVIDIA driver (libcuda.so.1): "
        "the CUDA engine needs an NVIDIA GPU and its driver"
    )


@pytest.mark.usefixtures("emulated")
def test_what_the_module_says_are_errors_while_running() -> None:
    from reprobench.harness.engines import _cuda

    assert issubclass(_cuda.NoGpu, RuntimeError)
    assert issubclass(_cuda.TooLittleMemory, _cuda.DeviceError)
    with pytest.raises((_cuda.NoGpu, _cuda.DeviceError)):
        _cuda.Gpu(b"no kernels", 0)


def test_too_old_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, driver=11040)
    assert device.why_missing() == (
        "the NVIDIA driver is too old (CUDA 11): install one for CUDA 12 or newer"
    )


def test_no_compiler_for_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, nvrtc=None)
    assert device.why_missing() == (
        "NVRTC for CUDA 12 is not installed, which compiles kernels for A GPU: "
        "pip install 'reprobench[cuda]'"
    )


def test_it_can_be_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    monkeypatch.setenv(device.VARIABLE, device.OFF)
    assert device.why_missing() == "REPROBENCH_CUDA is off"
    assert not device.has_driver()


def test_it_has_one_uuid_under_all_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def uuid_of_gpu(number: int) -> str:
        if number:
            raise RuntimeError("there is no NVIDIA GPU 1")
        return "a0"

    pretend(monkeypatch)
    monkeypatch.setattr(device, "_module", lambda: SimpleNamespace(uuid_of_gpu=uuid_of_gpu))
    for shown in ("0", "GPU-0123"):
        monkeypatch.setenv(device.SHOWN, shown)
        assert device.uuid() == "a0"
    with pytest.raises(device.NoDevice, match="no NVIDIA GPU 1"):
        device.uuid(1)


def test_a_gpu_that_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    assert device.why_missing() is None
    assert (device.name(), device.free_bytes(), device.count()) == ("A GPU", 1, 3)


def test_a_process_trains_on_the_device_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    opened: list[object] = []

    def find_gpu(number: int) -> SimpleNamespace:
        return SimpleNamespace(name=f"GPU {number}", architecture=90, driver=12040, free_bytes=1)

    module = SimpleNamespace(find_gpu=find_gpu, Gpu=lambda *given: opened.append(given))
    monkeypatch.setattr(device, "_module", lambda: module)
    monkeypatch.setattr(device, "kernels", lambda *_: b"kernels")
    monkeypatch.setattr(device, "_used", 0)
    device.use(2)
    device.open_device()
    assert opened == [(b"kernels", 2)]
    assert (device.name(), device.name(1)) == ("GPU 2", "GPU 1")


@pytest.mark.usefixtures("emulated")
def test_emulated_devices_are_as_many_as_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(device.VARIABLE, "emulated")
    one, free = device.count(), device.free_bytes()
    monkeypatch.setenv(device.VARIABLE, "emulated:4")
    assert (one, device.count()) == (1, 4)
    assert device.free_bytes(3) < free / 2
    monkeypatch.setenv(device.VARIABLE, "emulated:none")
    assert device.why_missing() == (
        "REPROBENCH_CUDA=emulated:none: write emulated, or emulated:2 for two devices"
    )


def test_a_machine_without_a_gpu_hears_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch, tiny: Study
) -> None:
    monkeypatch.setattr(type(CUDA), "missing", lambda _: "no GPU")
    monkeypatch.setattr(type(CUDA), "expected", False)
    assert "no GPU" not in missing_engines()
    assert not [line for line in remarks(tiny.recipes, tiny.data) if "no GPU" in line]


def test_a_machine_with_a_gpu_hears_why_it_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tiny: Study
) -> None:
    monkeypatch.setattr(type(CUDA), "missing", lambda _: "no NVRTC")
    monkeypatch.setattr(type(CUDA), "expected", True)
    assert "no NVRTC" in missing_engines()
    told = remarks(tiny.recipes, tiny.data)
    assert told[0].startswith("no NVRTC; the ")


@pytest.mark.usefixtures("emulated")
def test_auto_takes_the_device_where_there_is_one(tiny: Study) -> None:
    chosen = choose("auto", tiny.recipes, tiny.data)
    assert {engine.trainer for engine in chosen.values()} == {"cuda"}
    assert {engine.trainer for engine in choose("native", tiny.recipes, tiny.data).values()} == {
        "native"
    }
    assert remarks(tiny.recipes, tiny.data) == []
    elsewhere = on_processors(chosen)
    assert elsewhere == chosen
    assert {engine.trainer for engine in elsewhere.values()} == {"native"}
