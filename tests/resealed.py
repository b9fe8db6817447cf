"""Records with impossible content under correct digests and checksums."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from reprobench.harness.base.fingerprint import fingerprint
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.study.identity import recipe_key, run_key

Content = dict[str, Any]


def resealed(text: bytes | str, change: Callable[[Content], object], *, keys: bool = False) -> str:
    """The file of a record after a change to its content; with `keys`, its keys are updated too."""
    content = json.loads(text)
    del content["checksum"]
    change(content)
    if keys:
        names = ("recipe", "definition", "epochs", "data_digest", "seed", "engine", "numerics")
        recipe, definition, epochs, data_digest, seed, *made = map(content.get, names)
        content["recipe_key"] = recipe_key(recipe, definition, epochs, data_digest)
        content["key"] = run_key(content["recipe_key"], seed, EngineVersion(*made))
    content["digest"] = _digest(content)
    return json.dumps({"checksum": fingerprint(content), **content})


def _digest(content: Content) -> str:
    try:
        rows = [{name: row[name] for name in row if name != "seconds"} for row in content["rows"]]
        return fingerprint([content["status"], rows])
    except (LookupError, TypeError):
        return "0" * 64


def _rows(change: Callable[[list[Content]], object]) -> Callable[[Content], object]:
    return lambda content: change(content["rows"])


def _last(**values: Any) -> Callable[[Content], object]:
    return lambda content: content["rows"][-1].update(values)


def _top(**values: Any) -> Callable[[Content], object]:
    return lambda content: content.update(values)


HUGE = 10**25
ESCAPE = "\x1b[31mred\x07"
NONSENSE: dict[str, tuple[Callable[[Content], object], str]] = {
    "no rows": (_rows(list.clear), "rows: missing"),
    "rows reversed": (_rows(list.reverse), "rows: their epochs are not"),
    "rows tripled": (_rows(lambda rows: rows.extend(rows * 2)), "rows: their epochs are not"),
    "first row lost": (_rows(lambda rows: rows.pop(0)), "rows: their epochs are not"),
    "more rows than declared": (
        _rows(lambda rows: rows.append({**rows[-1], "epoch": len(rows) + 1})), "rows: there are 3"
    ),
    "negative count": (_last(correct=-5), "rows.1.correct: "),
    "huge count": (_last(correct=HUGE), "rows.1.correct: "),
    "count as text": (_last(correct="490"), "rows.1.correct: "),
    "count as truth": (_last(correct=True), "rows.1.correct: "),
    "another total": (_last(total=1_000), "rows.1.total: "),
    "all totals another": (
        _rows(lambda rows: [row.update(total=1_000) for row in rows]), "rows.0.total: "
    ),
    "all correct beside mistakes": (_last(correct=500), "rows.1.correct: is 500, with 10 mistakes"),
    "mistake out of range": (_last(mistakes=[[9_999, 3]] * 10), "rows.1.mistakes: "),
    "one mistake ten times": (_last(mistakes=[[7, 3]] * 10), "rows.1.mistakes: images sho"),
    "mistakes in disorder": (
        _rows(lambda rows: rows[-1]["mistakes"].reverse()), "rows.1.mistakes: images sho"
    ),
    "no such class": (
        _last(mistakes=[[index, 10] for index in range(10)]), "rows.1.mistakes: images sho"
    ),
    "more trained than there are": (_last(train_correct=60_000), "rows.1.train_correct: "),
    "loss beyond measure": (_last(test_loss=1e300), "rows.1.test_loss: "),
    "loss of 400 digits": (_last(test_loss=10**400), "rows.1.test_loss: "),
    "time beyond measure": (_last(seconds=1e300), "rows.1.seconds: "),
    "time run backwards": (_last(seconds=-1.0), "rows.1.seconds: "),
    "weights without digest": (_last(weight_digest="none"), "rows.1.weight_digest: "),
    "another seed": (_top(seed=7), "key: does not match"),
    "seed of 4,000 digits": (_top(seed=10**4_000), "seed: "),
    "another engine": (_top(engine="other"), "key: does not match"),
    "another recipe": (lambda content: content["recipe"].update(lr=7.0), "recipe_key: does not"),
    "more epochs declared": (_top(epochs=9), "recipe_key: does not"),
    "a completed run with an error": (_top(error="out of memory"), "error: only a failed run"),
    "a failed run with rows": (_top(status="failed", error="x"), "rows: a failed run"),
    "a failed run without error": (_top(status="failed", rows=[]), "error: only a failed run"),
    "a diverged run with all rows": (_top(status="diverged"), "rows: a diverged run has all"),
    "no parameters": (_top(parameters=0), "parameters: should be above 0"),
    "huge parameters": (_top(parameters=HUGE), "parameters: "),
    "key that is no digest": (_top(key="../../etc/passwd"), "key: "),
    "key with an escape": (_top(key=ESCAPE), "key: "),
    "key of too many letters": (_top(key="a" * 100_000), "key: "),
    "engine with an escape": (_top(engine=ESCAPE), "engine: "),
    "unknown field with an escape": (_top(**{ESCAPE: 1}), "[31mred"),
    "environment with an escape": (
        lambda content: content["environment"].update(native_engine=ESCAPE), "environment: "
    ),
    "environment with an escape in a name": (
        lambda content: content["environment"].update({ESCAPE: 1}), "environment: "
    ),
    "environment with letters turned": (_top(environment={"cpu": "\u202e"}), "environment: "),
    "environment with half a letter": (_top(environment={"processor": "\ud800"}), "environment: "),
    "environment with a huge number": (_top(environment={"cores": 10**400}), "environment: "),
    "environment with a long text": (_top(environment={"processor": "a" * 10**6}), "environment: "),
    "environment with many values": (_top(environment={"a": [0] * 20_000}), "environment: "),
    "recipe with an escape": (lambda content: content["recipe"].update(a=[ESCAPE]), "recipe: "),
    "format 0": (_top(format=0), "format: "),
}  # fmt: skip
"""Changes to a record of the digits with counts 480 and 490, and the beginning of the complaint."""
