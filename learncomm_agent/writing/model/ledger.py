"""What a language model made of each segment of a conversation, and what it could not."""

from dataclasses import dataclass, field

from learncomm_agent.errors import (
    ModelBudgetError,
    ModelBusyError,
    ModelError,
    ModelUnavailableError,
    PromptTooLongError,
)
from learncomm_agent.writing.items import ItemKind, Outcome, Segment
from learncomm_agent.writing.model.joining import Part, beside
from learncomm_agent.writing.model.planning import Errand, Plan
from learncomm_agent.writing.segments import report

_PATIENCE = 2
"""How often in a row a model may be out of reach before it is asked for nothing more."""
_TRIES = 3
"""How often a model may fail in other ways at the beginning."""


@dataclass(slots=True)
class Ledger:
    """What was made of the segments so far, by the number of the segment and the mark of the errand."""

    plan: Plan
    parts: dict[tuple[int, str], Part] = field(default_factory=dict)
    failed: dict[tuple[int, str], ModelError] = field(default_factory=dict)
    plain: dict[int, Part] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)
    """Segments that could not be read without the model either."""
    last: ModelError | None = None
    in_a_row: int = 0
    """How many calls have failed since one succeeded."""

    def known(self) -> list[tuple[int, Errand]]:
        """Return what need not be asked."""
        return [job for job in self._jobs() if job[1].mark in self.plan.segments[job[0]].known]

    def left(self, *, is_again: bool) -> list[tuple[int, Errand]]:
        """Return what is to be asked; the second time, what may go better than the first."""
        jobs = [job for job in self._jobs() if (job[0], job[1].mark) not in self.parts]
        errors = self.failed.values()
        if not is_again:
            return jobs
        if not self.parts or any(isinstance(each, ModelBudgetError) for each in errors):
            return []
        self.in_a_row = 0
        return [
            (number, errand)
            for number, errand in jobs
            if not isinstance(self.failed.get((number, errand.mark)), PromptTooLongError)
        ]

    def fail(self, number: int, errand: Errand, error: ModelError) -> None:
        """Keep why a call brought nothing."""
        self.failed[number, errand.mark] = self.last = error
        self.in_a_row += 1

    def succeed(self, number: int, errand: Errand, part: Part) -> None:
        """Keep what a call brought."""
        self.parts[number, errand.mark] = part
        self.failed.pop((number, errand.mark), None)
        self.in_a_row = 0

    def is_over(self, *, is_again: bool) -> bool:
        """Whether nothing more is to be asked after a failure; what is left then fails for the same reason."""
        if self.last is None or not self._is_hopeless(self.last, is_again=is_again):
            return False
        for number, errand in self._jobs():
            if (number, errand.mark) not in self.parts:
                self.failed.setdefault((number, errand.mark), self.last)
        return True

    def _is_hopeless(self, error: ModelError, *, is_again: bool) -> bool:
        if isinstance(error, ModelBudgetError):
            return True
        if isinstance(error, ModelUnavailableError | ModelBusyError):
            return is_again or not self.parts or self.in_a_row >= _PATIENCE
        return not self.parts and self.in_a_row >= _TRIES

    def missing(self, number: int) -> list[ItemKind]:
        """Return the kinds of line that the model did not bring of a segment."""
        errands = (each for each in self.plan.errands if (number, each.mark) in self.failed)
        return [kind for each in errands for kind in each.kinds]

    def error(self, number: int) -> ModelError:
        """Return why the model did not read all of a segment."""
        return next(error for (segment, _), error in self.failed.items() if segment == number)

    def part(self, number: int) -> Part:
        """Return all that was made of a segment."""
        made = [part for (segment, _), part in self.parts.items() if segment == number]
        made += [self.plain[number]] if number in self.plain else []
        return beside(made)

    def report(self, number: int) -> Segment:
        """Report on a segment."""
        said = self.plan.segments[number].said
        if not any(segment == number for segment, _ in self.failed):
            has_lines = any(self.part(number).items.values())
            return report(said, Outcome.USED if has_lines else Outcome.EMPTY)
        has_some = any(segment == number for segment, _ in self.parts)
        is_lost = number in self.lost and not has_some
        return report(said, Outcome.FAILED if is_lost else Outcome.PLAIN, self.error(number).reason)

    def _jobs(self) -> list[tuple[int, Errand]]:
        numbers = range(len(self.plan.segments))
        return [(number, errand) for number in numbers for errand in self.plan.errands]
