"""Every number in a report's sentences is also in its tables."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reprobench.harness.judging.confirmation import gather_confirmation
from reprobench.harness.judging.decision import decide
from reprobench.harness.judging.gathering import gather
from reprobench.harness.reporting.page import document
from reprobench.harness.reporting.page.document import write_report
from reprobench.harness.reporting.words.selection import MOST_RECIPES
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.statistics.intervals import share_bounds
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import load_study
from scripted import published_recipes, scripted_record

NUMBER = re.compile(r"(?<![\w.])[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e-\d+)?(?![\w])")
FORMATS = (
    "{:.2f}",
    "{:.3f}",
    "{:.4f}",  # next to a limit
    "{:+.3f}",
    "{:,.1f}",
    "{:+,.1f}",
    "{:,.0f}",
    "{:g}",
    "{:.3g}",
)

ALPHA = 0.05
THRESHOLD = "99.40"
"""9,940 of 10,000 as a percentage."""
RAW = ("runs", "epochs")
"""Tables with so many numbers that nearly any is among them; sentences count their rows."""
REPORTS = Path(__file__).parent.parent / "reports"
COMMITTED = sorted(path.parent.name for path in REPORTS.glob("*/report.md"))


@pytest.fixture(scope="module", params=["published", *(f"reports/{name}" for name in COMMITTED)])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report from counts like those of MNIST, with confirmation where seeds are declared; or a
    committed one."""
    if "/" in request.param:
        return REPORTS.parent / request.param
    place = tmp_path_factory.mktemp("prose")
    ledger = Ledger(place / "ledger")
    ledger.prepare()
    study = published_recipes(8)
    for part in (study, replace(study, seeds=study.confirmation_seeds)):
        fill(part, ledger)
    evidence = gather(study, ledger)
    confirmation = gather_confirmation(evidence, decide(evidence.compared), ledger)
    assert bool(confirmation) == bool(study.confirmation_seeds)
    nowhere = place / "nowhere"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "to_png", lambda _: b"")
        patch.setattr(document, "to_svg", lambda *_: "")
        return write_report(evidence, place, confirmation=confirmation, data=nowhere).folder


def fill(study: Study, ledger: Ledger) -> None:
    generator = np.random.default_rng(4)
    for number, run in enumerate(study.runs()):
        mean = 9_936 + 3 * (number % len(study.recipes) % 5)
        counts = (mean + generator.normal(0, 5, 15)).round().astype(int).tolist()
        ledger.write(scripted_record(run, counts))


def sentences(report: str) -> Iterator[str]:
    """The lines of a Markdown report except headings, pictures, tables and the notes on method."""
    told, _, _ = report.partition("## How was this measured?")
    for line in told.splitlines():
        if line and line[0] not in "#!|":
            yield re.sub(r"^\d+\. ", "", line)


def about(names: set[str], tables: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """The rows that name one of the recipes."""
    for table in tables:
        yield table[table.isin(names).any(axis=1)]


def objects_about(names: set[str], content: object) -> Iterator[object]:
    """Values of a JSON file that are about these recipes."""
    if isinstance(content, dict):
        yield [value for name, value in content.items() if name in names]
    if isinstance(content, dict | list):
        values = list(content.values()) if isinstance(content, dict) else content
        if any(isinstance(value, str) and value in names for value in values):
            yield [value for value in values if not isinstance(value, dict | list)]
        for value in values:
            yield from objects_about(names, value)


def numbers(tables: Iterable[pd.DataFrame]) -> Iterator[float]:
    for table in tables:
        for column in table.select_dtypes("number"):
            yield from (float(x) for x in table[column].dropna() if math.isfinite(x))


def numbers_in(content: object) -> Iterator[float]:
    if isinstance(content, dict | list):
        parts = content.values() if isinstance(content, dict) else content
        for part in parts:
            yield from numbers_in(part)
    elif isinstance(content, int | float):
        yield float(content)


def counted(folder: Path) -> Iterator[float]:
    """Counts over the tables that sentences may give."""
    runs, epochs = pd.read_csv(folder / "runs.csv"), pd.read_csv(folder / "epochs.csv")
    comparisons = pd.read_csv(folder / "comparisons.csv")
    parameters = pd.read_csv(folder / "consistency.csv")["parameters"]
    yield from (parameters.min(), parameters.max())
    yield from (len(runs), runs["reached"].sum(), runs["holds"].sum(), runs["recipe"].nunique())
    yield math.log(runs["recipe"].nunique() / ALPHA)  # what log evidence on the verdict must reach
    for _, finals in runs.groupby("recipe")["final_correct"]:
        farthest = (finals - finals.median()).abs().idxmax()
        yield from (finals[farthest], finals.drop(farthest).std())
    yield from (MOST_RECIPES, MOST_RECIPES - 1)  # in a plot; without that of the comparisons
    yield runs["recipe"].nunique() - 8  # "and 3 more", if eight are named
    if (course := folder / "course.csv").exists():
        rounds = pd.read_csv(course)["runs"].unique()
        yield from rounds[-1:] - rounds[-2:-1]  # those that the rule did not ask for
    if (gallery := folder / "gallery.csv").exists():
        yield len(pd.read_csv(gallery))
    yield from (len(comparisons), *comparisons["outcome"].value_counts(), 0)
    last = epochs[epochs["epoch"] == epochs["epoch"].max()]
    yield from (last["at_threshold"].sum(), epochs["epoch"].max())
    window = epochs[epochs["epoch"] > epochs["epoch"].max() - 5]
    yield window.groupby(["recipe", "seed"])["at_threshold"].all().sum()
    yield from (epochs["lr"].min(), epochs["lr"].max(), window["epoch"].min(), len(runs) / 8)


def of_the_verdict(folder: Path) -> Iterator[float]:
    """The bounds of pass rates at the alpha of the verdict, and this alpha for all looks together,
    or the log evidence; they are not in the tables."""
    declared = load_study(folder.name)
    recipes = pd.read_csv(folder / "consistency.csv")
    alpha = (1 - declared.criterion.confidence) / declared.criterion.chosen_among(len(recipes))
    yield alpha
    decision = json.loads((folder / "decision.json").read_text())
    yield from numbers_in(decision.get("verdict_evidence", {}))
    for row in recipes.itertuples():
        bounds = share_bounds(row.holding, row.runs, 1 - alpha / max(1, len(declared.looks)))
        yield from (bounds.low, bounds.high)


def constants(study: str) -> Iterator[float]:
    """What the study declares, and constants of the rule: 80% power, 95% of epochs, alpha, runs."""
    declared = load_study(study)
    criterion = declared.criterion
    among = criterion.chosen_among(len(declared.recipes))
    yield from (100 * criterion.confidence, 100 * criterion.target, 80, 95, 10_000)
    alpha = (1 - criterion.confidence) / among / max(1, len(declared.looks))
    yield from (alpha, 100 * (1 - alpha), *declared.looks)
    yield math.ceil(math.log(alpha) / math.log(criterion.required_pass_rate))
    yield from numbers_in(criterion.model_dump())
    yield from (5, 9_940, round(1 - criterion.confidence, 9))


@cache
def tables_of(folder: Path) -> list[pd.DataFrame]:
    return [pd.read_csv(path) for path in folder.glob("*.csv") if path.stem not in RAW]


@cache
def named_in(folder: Path) -> list[str]:
    """The recipes' names, the longest first, since one may begin with another."""
    names = {name for table in tables_of(folder) for name in table.get("recipe", ())}
    return sorted(names, key=len, reverse=True)


@cache
def levels_of(folder: Path) -> frozenset[str]:
    """Levels of recipes that look like names: CosinePlateau-0.003."""
    levels = {str(level) for table in tables_of(folder) for level in table.get("level", ())}
    return frozenset(level for level in levels if "-" in level)


@cache
def allowed(folder: Path, named: frozenset[str]) -> frozenset[str]:
    """The numbers that a line about these recipes may have, in all ways of writing them."""
    tables = tables_of(folder)
    decision = json.loads((folder / "decision.json").read_text())
    if named:
        of_them = {*named}
        known = {*numbers(about(of_them, tables)), *numbers_in([*objects_about(of_them, decision)])}
    else:
        known = {*numbers(tables), *numbers_in(decision)}
    values = {value for one in known | general(folder) for value in (one, abs(one))}
    return frozenset(form.format(value) for value in values for form in FORMATS) | {THRESHOLD}


@cache
def general(folder: Path) -> frozenset[float]:
    """The numbers that any line may have."""
    return frozenset((*counted(folder), *constants(folder.name), *of_the_verdict(folder)))


def disagreements(folder: Path, report: str) -> list[str]:
    """Numbers that are not in the tables, or not in the rows of the recipes that the line names."""
    found: list[str] = []
    before: frozenset[str] = frozenset()
    for line in sentences(report):
        named = before if line.startswith(("Its ", "There ")) else frozenset()
        for name in named_in(folder):
            if name in line:
                named |= {name}
                line = line.replace(name, "")
        before = named
        for level in levels_of(folder):
            line = line.replace(level, "")
        known = allowed(folder, named)
        found += [f"{number} in: {line}" for number in NUMBER.findall(line) if number not in known]
    return found


def test_sentences_and_tables_agree(folder: Path) -> None:
    assert disagreements(folder, (folder / "report.md").read_text()) == []


def test_numbers_of_another_recipe_are_found() -> None:
    """One recipe's hold rate in a sentence about another."""
    folder = REPORTS / "published"
    rates = pd.read_csv(folder / "consistency.csv").set_index("recipe")["hold_rate"]
    own, other = f"{rates['iteration2']:.3f}", f"{rates['iteration1']:.3f}"
    text = (folder / "report.md").read_text()
    told = f"iteration2, with 9,770 parameters, has a hold rate of {own}"
    assert told in text
    found = disagreements(folder, text.replace(told, told.replace(own, other)))
    assert [line.split()[0] for line in found] == [other]


@pytest.mark.parametrize("digits", [r"hold rate of (\d\.\d+)", r"interval \+?(-?\d\.\d+) to"])
def test_a_sentence_that_disagrees_is_found(folder: Path, digits: str) -> None:
    text = (folder / "report.md").read_text()
    number = re.search(digits, text)
    assert number is not None
    found = []
    for error in (0.0137, 0.0213, 0.0391):
        wrong = f"{float(number[1]) + error:.3f}"
        changed = text[: number.start(1)] + wrong + text[number.end(1) :]
        found.append(any(line.startswith(wrong) for line in disagreements(folder, changed)))
    assert sum(found) >= 2  # one may be another number of the same recipe
