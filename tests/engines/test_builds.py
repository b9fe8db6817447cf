"""Which build of the native engine is loaded."""

import pytest
from reprobench.harness.engines import builds as module
from reprobench.harness.engines.builds import builds, fastest, load
from reprobench.harness.engines.roster import NATIVE

find_fastest = fastest.__wrapped__


def pretend(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(module, "builds", lambda: names)


@pytest.mark.skipif(NATIVE.missing() is not None, reason=str(NATIVE.missing()))
def test_a_build_that_cannot_be_loaded_gives_way_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert fastest() is load(builds()[0])
    pretend(monkeypatch, "_native_of_tomorrow", "_native")
    assert find_fastest() is load("_native")


def test_no_build_can_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "_native_of_tomorrow")
    with pytest.raises(ImportError, match=r"cannot be loaded \(No module.*: install"):
        find_fastest()


def test_a_processor_that_runs_no_build(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    with pytest.raises(ImportError, match="needs a processor with AVX2"):
        find_fastest()


def test_nothing_was_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_there() -> tuple[str, ...]:
        raise ImportError("No module named '_processor'")

    monkeypatch.setattr(module, "builds", not_there)
    with pytest.raises(ImportError, match="is not built: install a C\\+\\+ compiler"):
        find_fastest()
