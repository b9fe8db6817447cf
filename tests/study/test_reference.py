"""`docs/study-file.md` is up to date with the models."""

from reprobench.harness.study.recipe import Augmentation, Recipe, Regulariser
from reprobench.harness.study.reference import page
from reprobench.harness.study.schedulers import OneCycleLR
from scripted import ROOT

WRITTEN = ROOT / "docs" / "study-file.md"


def test_the_page_is_not_stale() -> None:
    assert WRITTEN.read_text() == page(), "run `make docs`"


def test_every_key_has_a_meaning_and_every_table_is_there() -> None:
    lines = page().splitlines()
    for model in (Recipe, Augmentation, Regulariser, OneCycleLR):
        for key, field in model.model_fields.items():
            assert any(line.startswith(f"| `{key}` |") for line in lines)
            assert field.description or key == "name"


def test_what_a_line_says() -> None:
    lines = page().splitlines()
    (fill,) = (line for line in lines if line.startswith("| `fill` |"))
    assert fill.startswith(
        "| `fill` | whole number, at least 0, at most 255 |  | `1` | Grey value "
    )
    assert fill.endswith("| 0 by default; 1 is what the published recipes have |")
    assert "l1 * sum \\|w\\| is added" in page()
    assert "| `limit` | whole number, above 0 |  | the smaller of 16 and" in page()
    assert "| `window` | whole number, above 0 | epochs | none: needed |" in page()
    assert '| `unit` | `"steps"` or `"epochs"` |  | `"steps"` |' in page()
