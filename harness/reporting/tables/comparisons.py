"""Tables with a row for each pair of recipes: those behind the leader, and published claims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Annotated, Any

from ...base import words
from ...judging.claims import JudgedClaim
from ...judging.comparison import Difference
from ...judging.decision import Decision
from ...judging.evidence import Evidence
from ...judging.standings import Standing
from ...statistics.intervals import Interval
from .cells import difference, with_interval
from .columns import RECIPE, Ends, Inline, Row, Rows, Told


def _difference(row: Ahead) -> str:
    return with_interval(row.difference, row.interval, row.show)


@dataclass(frozen=True)
class Ahead:
    """By how much one recipe is ahead of another, over the seeds that both have."""

    pairs: Annotated[
        int, Told("pairs of runs with equal seeds that have a {of}", "Pairs (n)", words.whole)
    ]
    difference: Annotated[
        float | None,
        Told("difference in {of}, mean over pairs", "Difference in {of}", cell=_difference),
    ]
    interval: Annotated[
        Interval | None, Ends("difference", "the two-sided interval of the difference in {of}")
    ]
    p: Annotated[
        float | None,
        Told(
            "two-sided p-value of the difference in {of}, by the method that the report names; "
            "empty if there is none"
        ),
    ]
    p_holm: Annotated[
        float | None,
        Told("the same, adjusted for several comparisons (Holm)", "Adjusted p", words.p_value),
    ]
    show: Callable[[Any], str] = words.signed
    """How a difference is written."""


def _superiority(row: ComparisonsRow) -> str:
    return with_interval(row.superiority, row.superiority_interval)


@dataclass(frozen=True)
class ComparisonsRow(Row):
    """A row for each recipe behind the leader; differences are leader minus recipe."""

    FILE = "comparisons"
    SHOWN = (
        *("recipe", "outcome", "hold_difference", "hold_p_holm", "hold_pairs"),
        *("final_difference", "superiority", "runs_needed"),
    )

    recipe: Annotated[str, RECIPE]
    leader: Annotated[
        str,
        Told("the recipe that it is compared with: the leader, or with adaptive seeds the choice"),
    ]
    hold: Annotated[Ahead, Inline("hold_", "hold rate")]
    final: Annotated[Ahead, Inline("final_", "final count")]
    least_p: Annotated[float | None, Told("smallest p-value that this number of pairs can give")]
    superiority: Annotated[
        float | None,
        Told("probability that a further run of the leader ends higher than one of the recipe; "
             "estimated from pairs with equal seeds if one may look at will",
             "Probability that it ends lower", cell=_superiority),
    ]  # fmt: skip
    superiority_interval: Annotated[
        Interval | None, Ends("superiority", "the interval of that probability")
    ]
    runs_needed: Annotated[
        int | None,
        Told("of an undecided recipe: seeds with which most such studies would find a "
             "difference of the tie margin, or a tie if the recipes are equal; empty if there are "
             "that many already; with adaptive seeds, about how many decide about it",
             "Seeds needed", words.whole),
    ]  # fmt: skip
    outcome: Annotated[
        str,
        Told("falls (significantly behind), ties (shown to be within the margin) or undecided; "
             "with adaptive seeds dropped (behind another recipe), settled (does not lead the "
             "recipe under test by the margin) or open; the recipe under test is open, too",
             "Outcome", cell=attrgetter("shown_outcome")),
    ]  # fmt: skip
    under_test: bool = False
    """Whether this is the recipe against which others are settled or open."""

    @property
    def shown_outcome(self) -> str:
        """The outcome, or that the recipe is the one under test."""
        return "under test" if self.under_test else self.outcome


def comparisons_table(decision: Decision | None, evidence: Evidence) -> Rows[ComparisonsRow]:
    """Every recipe behind the leader, in the study's order."""
    if decision is None:
        return Rows(ComparisonsRow, ())
    tested = decision.adaptive.allocation.tested if decision.adaptive else None
    rows = (
        _standing(decision.leader.name, found, evidence, tested) for found in decision.standings
    )
    return Rows(ComparisonsRow, tuple(rows))


def _standing(
    leader: str, found: Standing, evidence: Evidence, tested: str | None
) -> ComparisonsRow:
    comparison = found.comparison
    margin = evidence.study.criterion.tie_margin
    return ComparisonsRow(
        recipe=found.name,
        leader=leader,
        hold=_ahead(comparison.hold, found.hold_p, partial(words.signed, margin=margin)),
        final=_ahead(
            comparison.final, found.final_p, partial(difference, measure=evidence.measure)
        ),
        least_p=comparison.hold.least_p,
        superiority=comparison.superiority,
        superiority_interval=comparison.superiority_interval,
        runs_needed=found.runs_needed,
        outcome=found.outcome,
        under_test=found.name == tested,
    )


def _ahead(
    found: Difference, adjusted: float | None, show: Callable[[Any], str] = words.signed
) -> Ahead:
    return Ahead(
        pairs=found.pairs,
        difference=found.mean,
        interval=found.interval,
        p=found.p,
        p_holm=adjusted,
        show=show,
    )


def _claim(row: ClaimsRow) -> str:
    return f"{row.recipe}: {row.words}"


@dataclass(frozen=True)
class ClaimsRow(Row):
    """A row for each published claim and each recipe that it is compared with; differences are the
    claim's recipe minus the other."""

    FILE = "claims"
    SHOWN = (
        *("words", "other", "outcome", "hold_difference", "hold_p_holm", "hold_pairs"),
        "answer",
    )

    recipe: Annotated[str, Told("the recipe that the claim is about")]
    words: Annotated[str, Told("the claim, as published", "Claim", cell=_claim)]
    about: Annotated[str, Told("what it is about: hold rate or parameters")]
    answer: Annotated[str, Told("holds, does not hold, or is not shown", "Claim as a whole")]
    other: Annotated[str, Told("the recipe that it is compared with", "Compared with")]
    outcome: Annotated[
        str,
        Told("whether the claim's recipe is shown to be better or worse than that one; or not "
             "shown", "Outcome"),
    ]  # fmt: skip
    parameters: Annotated[
        int | None, Told("trainable parameters of the claim's recipe; empty if they are unknown")
    ]
    other_parameters: Annotated[
        int | None, Told("trainable parameters of the other recipe; empty if they are unknown")
    ]
    hold: Annotated[Ahead, Inline("hold_", "hold rate")]


def claims_table(judged: Sequence[JudgedClaim]) -> Rows[ClaimsRow]:
    """Every claim and every other recipe that it is compared with."""
    rows = (
        ClaimsRow(
            recipe=found.claim.recipe,
            words=found.claim.words,
            about=found.claim.about,
            answer=found.answer,
            other=against.recipe,
            outcome=found.outcome(against.recipe),
            parameters=found.parameters or None,
            other_parameters=against.parameters or None,
            hold=_ahead(against.comparison.hold, against.hold_p),
        )
        for found in judged
        for against in found.against
    )
    return Rows(ClaimsRow, tuple(rows))
