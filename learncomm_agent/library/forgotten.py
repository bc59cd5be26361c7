"""The receipt of what was forgotten."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much is gone."""

    messages: int = 0
    resources: int = 0
    pages: int = 0
    """Those among the resources that were looked at again now and then."""
    shares: int = 0
    """Those taken back of what somebody else shares still, or elsewhere."""
    conversations: int = 0
    passages: int = 0
    lines: int = 0
    """Lines of summaries, answers and questions."""
    feeds: int = 0
    """Subscriptions that have ended."""
    posts: int = 0
    """Posts that showed something of it, and are edited."""
    writings: tuple[int, ...] = ()
    """What those posts show, by row id."""

    def __add__(self, other: "Forgotten") -> "Forgotten":
        """Add two receipts up."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in self.counts}
        return Forgotten(**sums, writings=tuple(sorted({*self.writings, *other.writings})))

    @property
    def counts(self) -> dict[str, int]:
        """All figures by their names."""
        return {
            each.name: getattr(self, each.name) for each in fields(self) if each.name != "writings"
        }
