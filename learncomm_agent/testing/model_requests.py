"""What OpenAI would not take of a request for an answer."""

import re
from collections.abc import Iterator
from typing import Any


def problems_of(body: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a request's body."""
    if not isinstance(body.get("model"), str):
        yield "model is no text"
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "messages are missing"
    elif not all(isinstance(each.get("content"), str) and "role" in each for each in messages):
        yield "a message without role or content"
    limits = [body[key] for key in ("max_tokens", "max_completion_tokens") if key in body]
    if len(limits) != 1 or not isinstance(limits[0], int) or limits[0] < 1:
        yield "not one bound of the answer"
    if "stream_options" in body and not body.get("stream"):
        yield "stream_options without a stream"
    if "response_format" in body:
        form = body["response_format"].get("json_schema", {})
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", form.get("name", "")):
            yield "json_schema has no name"
        yield from _loose(form.get("schema", {}), "schema")


def _loose(schema: object, place: str) -> Iterator[str]:
    """Yield what is not strict in a schema: each object closed, each of its properties required."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            if schema.get("additionalProperties") is not False:
                yield f"{place} is open"
            if set(schema.get("required", ())) != set(schema.get("properties", {})):
                yield f"{place} requires not all"
        for key, each in schema.items():
            yield from _loose(each, f"{place}.{key}")
    elif isinstance(schema, list):
        for index, each in enumerate(schema):
            yield from _loose(each, f"{place}[{index}]")
