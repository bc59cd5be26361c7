"""An answer of OpenAI's chat completions in pieces, as server-sent events."""

import json
from collections.abc import Mapping
from typing import Any

KIND = "text/event-stream"
_DONE = "data: [DONE]\n\n"


def events(*values: object) -> list[str]:
    """Return these values as events, with the last one that says that this was all."""
    return [*(_event(each) for each in values), _DONE]


def pieces(body: str, *, is_counted: bool) -> list[str] | None:
    """Return a whole answer in pieces, each an event; None for what is no answer.

    Args:
        body: As it would be said whole.
        is_counted: Whether its usage is told at the end.
    """
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(whole, dict) or not isinstance(whole.get("choices"), list):
        return None
    said: list[object] = [
        _part(whole, each) for choice in whole["choices"] for each in _cut(choice)
    ]
    if is_counted and "usage" in whole:
        said.append({**_part(whole, None), "usage": whole["usage"]})
    return events(*said)


def _cut(choice: object) -> list[object]:
    """Return the pieces of a choice: who speaks, the text in two halves, and how it ended."""
    if not isinstance(choice, dict) or not isinstance(choice.get("message"), dict):
        return [choice]
    message = {key: each for key, each in choice["message"].items() if each is not None}
    text = message.pop("content", "")
    middle = len(text) // 2 if isinstance(text, str) else 0
    halves = [text[:middle], text[middle:]] if middle else [text]
    deltas = [{**message, "content": ""}, *({"content": half} for half in halves), {}]
    ends = [None] * (len(deltas) - 1) + [choice.get("finish_reason")]
    return [
        {"index": 0, "delta": delta, "finish_reason": end}
        for delta, end in zip(deltas, ends, strict=True)
    ]


def _part(whole: Mapping[str, Any], choice: object | None) -> dict[str, Any]:
    kept = {key: whole[key] for key in ("id", "created", "model") if key in whole}
    choices = [] if choice is None else [choice]
    return {**kept, "object": "chat.completion.chunk", "choices": choices}


def _event(value: object) -> str:
    return f"data: {json.dumps(value)}\n\n"


DROP = _event({"choices": [{"index": 0, "delta": {"content": " "}, "finish_reason": None}]})
"""A blank, as an event."""
