"""Keys that hash what determines a run and nothing else."""

from dataclasses import replace

from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.study.identity import Run
from reprobench.harness.study.recipe import Recipe


def run(**fields: object) -> Run:
    plain = {"name": "a", "architecture": "final", "batch_size": 8, "lr": 0.1, "optimiser": "SGD"}
    return Run(Recipe.model_validate({**plain, **fields}), 1, 15, "data", "architecture")


def test_the_key_never_changes() -> None:
    """Changing what goes into keys would make every ledger worthless: this value is pinned."""
    assert run().key(EngineVersion("torch", "1"))[:16] == "f98162ede6fbb771"


def test_what_is_in_the_key() -> None:
    base = run()
    others = [
        run(lr=0.2),
        run(scheduler="CosineAnnealingLR"),
        run(augmentation={"rotation": 7}),
        replace(base, seed=2),
        replace(base, epochs=3),
        replace(base, data_digest="other"),
        replace(base, definition="another architecture"),
    ]
    keys = [entry.key(EngineVersion("torch", "1")) for entry in [base, *others]]
    keys += [base.key(EngineVersion("native", "1")), base.key(EngineVersion("torch", "2"))]
    assert len(set(keys)) == len(keys)


def test_what_is_not_in_the_key() -> None:
    same = [
        run(name="another-name"),
        run(lr=0.1, augmentation={"rotation": 0}),
        run(optimiser={"name": "SGD", "momentum": 0}),
        run(scheduler={"name": "none"}),
        run(regulariser={}),
    ]
    assert {entry.key(EngineVersion("torch", "1")) for entry in same} == {
        run().key(EngineVersion("torch", "1"))
    }
