"""What a server answers, streamed or whole, put together and checked; the SDK checks nothing of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from learncomm_agent.errors import BadCompletionError, ModelUnavailableError, PromptTooLongError
from learncomm_agent.llm.dialect import clean
from learncomm_agent.llm.model import Request, Usage
from learncomm_agent.llm.tally import used

if TYPE_CHECKING:
    from openai import AsyncStream

_WHOLE = frozenset({"stop", "eos", "eos_token", "end_turn", "stop_sequence"})
"""How servers name the end of an answer that is whole."""
_CHARS_A_TOKEN_AT_MOST = 8
"""No prose has more; a server that counted fewer tokens has not read all."""
_TOO_SHORT_TO_JUDGE = 4_000
_LONGEST = 2_000_000
"""Characters of an answer and the thoughts before it; a server that writes on knows no bounds."""


@dataclass(slots=True)
class Answer:
    """What has come so far."""

    said: list[str] = field(default_factory=list)
    thought: list[str] = field(default_factory=list)
    """What some servers show of a model's thinking; it is counted, and not kept."""
    chars: int = 0
    """Of both."""
    end: str | None = None
    is_declined: bool = False
    is_streamed: bool = True
    has_choices: bool = False
    """Whether it is the answer of a language model at all."""
    reported: object = None

    def add(self, body: object, part: str) -> None:
        """Take in a whole body, whose part is `message`, or one of a stream's, whose part is `delta`."""
        self.reported = _get(body, "usage") or self.reported
        choices = _get(body, "choices")
        if not isinstance(choices, list):
            return
        self.has_choices = True
        if not choices:
            return
        told = _get(choices[0], part)
        said = _text(_get(told, "content"))
        thought = _text(_get(told, "reasoning_content") or _get(told, "reasoning"))
        self.said.append(said)
        self.thought.append(thought)
        self.chars += len(said) + len(thought)
        self.is_declined |= bool(_get(told, "refusal"))
        self.end = _text(_get(choices[0], "finish_reason")).lower() or self.end
        if self.chars > _LONGEST:
            raise BadCompletionError("the answer has no end")

    @property
    def text(self) -> str:
        """What was answered."""
        return "".join(self.said)

    @property
    def was_cut_in_thought(self) -> bool:
        """Whether the bound of the answer was used up by what the model thinks before it answers."""
        if self.end != "length":
            return False
        details = _get(self.reported, "completion_tokens_details")
        return bool(_get(details, "reasoning_tokens")) or bool(any(self.thought) and not self.text)

    def usage(self, prompt: str) -> Usage:
        """Return what it has used, as the server says or by estimate."""
        reported = self.reported
        cached = _get(_get(reported, "prompt_tokens_details"), "cached_tokens")
        sent, received = _get(reported, "prompt_tokens"), _get(reported, "completion_tokens")
        return used(prompt, "".join((*self.said, *self.thought)), sent, received, cached)


async def read(
    stream: "AsyncStream[object]", on_text: Callable[[str], None] | None = None
) -> Answer:
    """Return the answer, once all of it is here; it may come whole though a stream was asked for.

    Args:
        stream: What a server sends.
        on_text: Told each piece of what is answered as it comes.

    Raises:
        Exception: One of `failures.failures()`.
    """
    answer = Answer()
    kind = stream.response.headers.get("content-type", "").lower()
    try:
        if "event-stream" in kind:
            async for event in stream:
                heard = len(answer.said)
                answer.add(event, "delta")
                if on_text is not None and (piece := "".join(answer.said[heard:])):
                    on_text(piece)
        else:
            answer.is_streamed = False
            answer.add(_decoded(await stream.response.aread(), kind), "message")
    finally:
        await stream.close()
    return answer


def checked(answer: Answer, request: Request, name: str) -> str:
    """Return the answer's text.

    Raises:
        ModelUnavailableError: What came is no answer of a language model.
        BadCompletionError: It is not whole, empty, or none at all.
        PromptTooLongError: The server has read a part of the prompt alone.
    """
    if not answer.has_choices:  # a web page, or something else that lives at this address
        raise ModelUnavailableError(
            f"{name!r} did not answer as a language model does", phrase="error.model_unreachable"
        )
    if answer.is_declined or answer.end == "content_filter":
        raise BadCompletionError(f"{name!r} declined to answer")
    # Of a stream, only this tells the end from a connection that was cut.
    if answer.end not in _WHOLE and not (answer.end is None and not answer.is_streamed):
        raise BadCompletionError(f"{name!r} did not answer to the end of {request.max_tokens}")
    if not answer.text.strip():
        raise BadCompletionError(f"{name!r} answered nothing")
    usage = answer.usage(request.prompt)
    read = usage.sent + usage.cached
    if len(request.prompt) > max(_TOO_SHORT_TO_JUDGE, _CHARS_A_TOKEN_AT_MOST * read):
        raise PromptTooLongError(f"{name!r} has read only {read} tokens of its prompt")
    return clean(answer.text)


def _decoded(body: bytes, kind: str) -> object:
    try:
        return json.loads(body)
    except ValueError:
        if "json" in kind:
            raise
        return None


def _get(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
