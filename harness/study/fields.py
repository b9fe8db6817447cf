"""The kinds of values that a study file declares, and notes on them for its reference page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Number = Annotated[float, Field(strict=True)]
Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Share = Annotated[Number, Field(ge=0, lt=1)]
Flag = Annotated[bool, Field(strict=True)]
Seed = Annotated[int, Field(ge=0, lt=2**63, strict=True)]
PositiveInt = Annotated[int, Field(gt=0, strict=True)]
Grey = Annotated[int, Field(ge=0, le=255, strict=True)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,79}$")]


def _ascending(bounds: tuple[float, float] | None) -> tuple[float, float] | None:
    if bounds and not bounds[0] < bounds[1]:
        raise ValueError("should be the lower and the upper bound, in this order")
    return bounds


Ascending: Final = AfterValidator(_ascending)


@dataclass(frozen=True)
class Unit:
    """The unit of a number."""

    words: str


@dataclass(frozen=True)
class Default:
    """What a key's value is if the key is left out, in words, for values that are computed."""

    words: str


@dataclass(frozen=True)
class Differs:
    """How a setting differs from the one of the same name in torch or torchvision."""

    words: str


class Strict(BaseModel):
    """Base of everything that a study file declares; refuses unknown keys, infinities and NaN."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )
