"""`decision.json`: every step of the decision and every number in it, for machines.

Numbers have eight significant digits; undefined values are null, and an infinite epoch is "never".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from ..judging.decision import Decision
from ..judging.evidence import Evidence
from ..judging.pass_rate import PassVerdict
from ..judging.seeds.adaptive import AdaptiveState
from ..judging.seeds.allocation import Rival
from ..results.elsewhere.record import ImportedRecord
from ..study.imported import ImportedStudy
from .bundle import Bundle
from .words.sources import across


def decision_json(bundle: Bundle) -> str:
    """The decision as one JSON object, in the order of the rule's steps."""
    evidence, decision = bundle.evidence, bundle.decision
    content = {
        "study": evidence.study.name,
        "criterion": evidence.study.criterion.model_dump(mode="json"),
        "threshold": evidence.threshold,
        "test_images": evidence.total,
        "missing": bundle.missing,
        "engines": {name: [made.name, made.numerics] for name, made in evidence.engines.items()},
        "recipes": bundle.consistency.by_column(),
        "not_compared": sorted(evidence.apart),
        **_sources(evidence),
        **_steps(bundle, decision),
        "confirmation": _confirmation(bundle),
        "claims": bundle.claim_rows.by_column(),
        "published": bundle.published.by_column(),
        "noise": bundle.noise.by_column(),
        "effects": bundle.effects.by_column(),
    }
    return json.dumps(_plain(content), indent=2, allow_nan=False) + "\n"


def _sources(evidence: Evidence) -> dict[str, Any]:
    """The files of each recipe's imported runs, and whether recipes from several are compared.

    Empty if the runs were trained here; `engines` then says what trained them.
    """
    if not isinstance(evidence.study, ImportedStudy):
        return {}
    found = {
        name: {
            source.file: {"reader": source.reader, "sha256": source.sha256}
            for record in records
            if isinstance(record, ImportedRecord)
            for source in record.sources
        }
        for name, records in evidence.records.items()
    }
    return {"sources": found, "across_sources": across(evidence) is not None}


def _steps(bundle: Bundle, decision: Decision | None) -> dict[str, Any]:
    if decision is None:
        return {"leader": None, "chosen": None}
    return {
        "without_runs": list(decision.without_runs),
        "leader": decision.leader.name,
        "standings": bundle.comparisons.by_column(),
        "chosen": decision.chosen.name,
        "provisional": decision.provisional,
        "could_change_it": list(decision.could_change_choice),
        "runs_needed": decision.runs_needed,
        "rival": decision.rival.name if decision.rival else None,
        "verdict": decision.verdict,
        "verdict_level": decision.passing.alpha,
        **_basis(decision.passing),
        **({"verdict_failed_runs": decision.passing.failed} if decision.passing.failed else {}),
        "chosen_from": decision.passing.among,
        "look_ahead": decision.look_ahead,
        "adaptive": _allocation(decision.adaptive) if decision.adaptive else None,
    }


def _allocation(state: AdaptiveState) -> dict[str, Any]:
    found = state.allocation
    return {
        "required_evidence": found.required_evidence,
        "tested": found.tested,
        "choice": found.choice,
        "seeds": found.seeds,
        "dropped": {name: dropped.behind for name, dropped in found.dropped.items()},
        "settled": found.settled,
        "open": [_rival(rival) for rival in found.open],
        "next": found.next,
    }


def _rival(found: Rival) -> dict[str, Any]:
    return {
        "name": found.name,
        "evidence": found.log_evidence,
        "ahead": found.ahead,
        "pairs": found.pairs,
        "more_seeds": found.more_seeds,
    }


def _basis(found: PassVerdict) -> dict[str, Any]:
    """What the verdict rests on: log evidence if one may look at will, otherwise bounds."""
    if found.method == "anytime":
        return {
            "verdict_evidence": {
                "meets": found.for_meets,
                "fails": found.for_fails,
                "required_evidence": found.required_evidence,
            }
        }
    bounds = {"low": found.bounds.low, "high": found.bounds.high} if found.bounds else None
    looks = {"verdict_looks": list(found.looks)} if found.looks else {}
    return {"verdict_bounds": bounds, **looks}


def _confirmation(bundle: Bundle) -> dict[str, Any] | None:
    found = bundle.confirmation
    if found is None:
        return None
    hold = found.comparison.hold if found.comparison else None
    return {
        "seeds": list(found.evidence.study.seeds),
        "chosen": found.chosen,
        "rival": found.rival,
        "recipes": bundle.confirmed.by_column(),
        "hold_pairs": hold.pairs if hold else None,
        "hold_difference": hold.mean if hold else None,
        "hold_difference_low": hold.interval.low if hold and hold.interval else None,
        "hold_difference_high": hold.interval.high if hold and hold.interval else None,
        "hold_p": hold.p if hold else None,
        "verdict": found.verdict,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return "never" if math.isinf(value) else float(f"{value:.8g}")
    return value
