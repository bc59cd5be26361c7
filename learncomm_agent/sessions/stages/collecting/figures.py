"""Figures that members give, such as how well a week went: shown as a whole or not at all. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

from learncomm_agent.sessions.methods.numbers import number_of
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.parameters import number

FEWEST = 3
"""With fewer figures anybody could be known by theirs, so none are shown, whatever a playbook says."""
_LITTLE, _MUCH = 0.2, 0.35
"""Shares of the scale; figures that are spread evenly over it reach the second."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Between which numbers a figure is."""

    lowest: int
    highest: int

    @classmethod
    def of(cls, scene: Scene) -> "Scale":
        """Return that of a stage."""
        ends = number(scene, "lowest", 1, least=0), number(scene, "highest", 5, least=0)
        return cls(min(ends), max(ends))

    def read(self, text: str) -> int | None:
        """Return the figure that a text is, or None."""
        found = number_of(text.strip().removesuffix("."))
        return found if found is not None and self.lowest <= found <= self.highest else None


def fewest(scene: Scene) -> int:
    """Return how many figures there must be to show anything of them."""
    return max(FEWEST, number(scene, "at_least", 5))


def summed_up(figures: Sequence[int]) -> dict[str, Any]:
    """Return what is shown of figures: how many there are, their mean, and how far apart they are."""
    return {
        "count": len(figures),
        "mean": round(fmean(figures), 1),
        "spread": round(pstdev(figures), 1),
    }


def apart(summed: Mapping[str, Any], scale: Scale) -> str:
    """Return how far apart figures are, for words: `little`, `some` or `much`."""
    share = summed["spread"] / max(1, scale.highest - scale.lowest)
    return "little" if share < _LITTLE else "some" if share < _MUCH else "much"
