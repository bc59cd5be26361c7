"""What a language model is to the rest of the house."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call used, in tokens."""

    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class Completion:
    """What a language model answered."""

    text: str
    usage: Usage


class LanguageModel(Protocol):
    """Completes a rendered prompt."""

    name: str

    async def complete(
        self, prompt: str, *, schema: Mapping[str, object] | None = None
    ) -> Completion:
        """Return the model's answer, in the JSON schema's form where one is given.

        Raises:
            ModelUnavailableError: It can't be reached.
            BadCompletionError: It answered in another form.
        """
        ...
