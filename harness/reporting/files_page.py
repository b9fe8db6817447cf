"""`docs/files.md`: the files of a report and every column of its tables, from their row classes.

`make docs` writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..base.words import in_markdown
from .tables.columns import Row, columns_of
from .tables.comparisons import ClaimsRow, ComparisonsRow
from .tables.consistency import ConfirmationRow, ConsistencyRow
from .tables.course import CourseRow
from .tables.epochs import EpochsRow
from .tables.gallery import GalleryRow
from .tables.grounds import EffectsRow, NoiseRow
from .tables.published import PublishedRow
from .tables.runs import RunsRow
from .tables.survival import SurvivalRow

FILES_PAGE: Final = Path("docs/files.md")
TABLES: Final[tuple[type[Row], ...]] = (
    *(EpochsRow, RunsRow, ConsistencyRow, ComparisonsRow, NoiseRow, SurvivalRow),
    *(EffectsRow, CourseRow, PublishedRow, ClaimsRow, ConfirmationRow, GalleryRow),
)
TYPES: Final = {int: "whole number", float: "number", bool: "`True` or `False`", str: "text"}

HEAD: Final = """\
# Files of a report

<!-- Written by `make docs` from the row classes in harness/reporting/tables. -->

`out/<study>/`, and `reports/<study>/` for a committed report, hold:

| File | What it is |
|:---|:---|
| `report.html` | the report as one page that needs no other file |
| `report.md`, `plots/*.png` | the same for reading on GitHub, and its plots |
| `*.csv` | the tables below |
| `records/*.json` | each run as it was trained, with the mistakes of every epoch |
| `gate/*.json` | the records of the gate's own recipes, in a committed report |
| `decision.json` | every step of the decision and every number in it |
| `environment.json` | versions, processor and commit of the runs, and of the report |

In the CSV files, numbers have eight significant digits; `inf` means never, and an empty cell means
that a value is undefined. Intervals are at the study's confidence, and two-sided unless a column
says otherwise. Text that a spreadsheet would take for a formula begins with an apostrophe.
`effects.csv`, `course.csv`, `published.csv`, `claims.csv`, `confirmation.csv` and `gallery.csv` are
written only if they have rows. In `decision.json`, undefined values are `null`, and `"never"` means
never.

For runs of your own programs and for [runs trained elsewhere](any-training.md), there is no
`noise.csv`, and columns of whole numbers hold any numbers if the measure is not a count. For the
latter, `records/*.json` has what their files say.
"""


def files_page() -> str:
    """The page as Markdown."""
    return "\n".join([HEAD, *(line for kind in TABLES for line in _table(kind))])


def _table(kind: type[Row]) -> Iterator[str]:
    about = " ".join((kind.__doc__ or "").split())
    yield from (f"## {kind.FILE}.csv", "", in_markdown(about), "")
    yield from ("| Column | Type | Meaning |", "|:---|:---|:---|")
    for column in columns_of(kind):
        yield f"| `{column.name}` | {TYPES[column.type]} | {column.told.doc} |"
    yield ""


if __name__ == "__main__":
    FILES_PAGE.parent.mkdir(exist_ok=True)
    FILES_PAGE.write_text(files_page())
