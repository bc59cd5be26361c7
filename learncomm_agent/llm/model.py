"""What a language model is to the rest of the house."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from learncomm_agent.chat.people import CommunityId

ROOM_TO_THINK = 8_000
"""Tokens beside the answer, for a model that thinks before it answers and counts that as answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked of a language model."""

    prompt: str
    """Rendered from `prompts/`: the material first, the task last, so that a server may keep the
    beginning between calls."""
    purpose: str
    """The prompt's name; usage is recorded by it."""
    community: CommunityId
    """Whose budget it comes from."""
    max_tokens: int
    """Of the answer; a longer one is cut, which is an error."""
    schema: Mapping[str, object] | None = None
    """A strict JSON schema that the answer is to follow; prose where None."""
    allowance: int | None = None
    """What all tries together may use, sent and received, for a model that may ask its server more than
    once; no bound where None. The prompt and one longest answer always fit in."""
    on_text: Callable[[str], None] | None = field(default=None, repr=False, compare=False)
    """Told each piece of the answer as it comes, by a model that can: unchecked, in the event loop, quick."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call used, in tokens, all its tries together."""

    sent: int
    received: int
    cached: int = 0
    """Of those sent, how many the server had kept from before."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a language model answered."""

    text: str
    usage: Usage


class LanguageModel(Protocol):
    """Completes a rendered prompt; any number of calls at once, in one event loop."""

    name: str
    """As it is recorded and shown."""

    async def complete(self, request: Request) -> Completion:
        """Return the model's answer, not yet checked: `llm.forms` reads it.

        A `ModelError` whose `tokens` are set tells what the call has used all the same.

        Raises:
            ModelUnavailableError: It can't be reached, or refuses.
            ModelBudgetError: The community has used up what it may today.
            ModelBusyError: Others have it just now.
            PromptTooLongError: The prompt is longer than the model can read.
            BadCompletionError: It answered in another form, or not to the end.
        """
        ...

    async def close(self) -> None:
        """Let go of its connections; harmless when there are none."""
        ...
