"""How a server wants to be asked: servers that speak the same protocol differ in what they take."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from learncomm_agent.llm import failures
from learncomm_agent.llm.model import Request

_LIMITS = {"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}
"""What bounds the answer, each with its other name. OpenAI's newer models take the first alone; some
other servers take the second alone, and the worst of them overlook the first without a word."""
_LENGTH_WORDS = ("maxlength", "max_length")
_SCHEMA_WORDS = ("response_format", "schema", "grammar", "structured")
_USAGE_WORDS = ("stream_options", "include_usage")
_STREAM_WORDS = ("stream",)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server was seen to take.

    Answers are streamed. Only so a slow server can be told from a dead one, whatever the length of
    the answer, and one of one's own stops when we hang up. OpenAI, llama.cpp, vLLM and Ollama all
    stream, also where the answer is to follow a schema, and count the tokens at the end if asked to.
    But OpenAI streams some models to verified organisations alone, and some gateways refuse
    `stream_options`: these are asked without.
    """

    limit: str
    thinks: bool = False
    has_schema: bool = True
    has_lengths: bool = True
    """Whether the schema may bound the length of texts."""
    is_streamed: bool = True
    is_counted: bool = True

    def body(self, request: Request, model: str, room: int) -> dict[str, Any]:
        """Return the body of a request, with so many tokens of room beside its answer."""
        body: dict[str, Any] = {
            "model": model,
            "messages": [{"role": "user", "content": clean(request.prompt)}],
            self.limit: request.max_tokens + room,
        }
        if self.is_streamed:
            body["stream"] = True
            if self.is_counted:
                body["stream_options"] = {"include_usage": True}
        if self.has_schema and request.schema is not None:
            name = re.sub(r"[^a-zA-Z0-9_-]", "_", request.purpose)[:64] or "answer"
            bounded = request.schema if self.has_lengths else _without_lengths(request.schema)
            schema = {"name": name, "strict": True, "schema": bounded}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body

    def without(self, refused: Exception, first: "Dialect") -> "Dialect | None":
        """Return the dialect without what was refused; None where there is no other way to ask."""
        if self.is_streamed and self.is_counted and failures.refuses(refused, *_USAGE_WORDS):
            return replace(self, is_counted=False)
        # What was refused is named by its path in the schema at best, so lengths are the first to go.
        words = (*_LENGTH_WORDS, *_SCHEMA_WORDS)
        if self.has_schema and self.has_lengths and failures.refuses(refused, *words):
            return replace(self, has_lengths=False)
        if self.has_schema and failures.refuses(refused, *_SCHEMA_WORDS):
            return replace(self, has_schema=False)
        if self.is_streamed and failures.refuses(refused, *_STREAM_WORDS):
            return replace(self, is_streamed=False)
        if self.limit == first.limit and failures.refuses(refused, self.limit):
            return replace(self, limit=_LIMITS[self.limit])
        return None


def has_lengths(node: Any) -> bool:
    """Whether a schema bounds the length of a text."""
    if isinstance(node, list):
        return any(map(has_lengths, node))
    if not isinstance(node, Mapping):
        return False
    return "maxLength" in node or any(map(has_lengths, node.values()))


def _without_lengths(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_lengths(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    return {key: _without_lengths(each) for key, each in node.items() if key != "maxLength"}


def clean(text: str) -> str:
    """Put `?` for halves of characters, which can be neither sent nor kept."""
    return text.encode("utf-8", "replace").decode()
