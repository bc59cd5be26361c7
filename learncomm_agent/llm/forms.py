"""Forms that a language model fills in: from a pydantic class to a JSON schema, and back from its answer."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from learncomm_agent.errors import BadCompletionError
from learncomm_agent.llm.model import LanguageModel, Request
from learncomm_agent.log import logger

_log = logger(__name__)

Form = TypeVar("Form", bound=BaseModel)

_KEPT = frozenset(
    {"type", "properties", "items", "anyOf", "enum", "const", "maxItems", "maxLength"}
)
"""Keywords that are sent. A server that refuses `maxLength`, as OpenAI's strict mode has, is asked without
it (`dialect`); one that enforces it cuts in the middle of a word, so whoever reads the form drops what is
too long. Not sent are `minimum` and `maximum`: OpenAI takes them, but its tuned models, Azure and Anthropic
refuse them. Numbers that may be counted up are bound by `enum`, and whoever reads the form drops what is
out of range."""
_LONGEST = 200_000
"""Characters of an answer; a longer one is not looked through."""
_MOST_TRIES = 20
"""Brackets at which an object is looked for."""
_MOST_PROBLEMS = 5
_MOST_VALUES = 100
"""Texts that a field is bound to; strict modes bound their number and length."""
_MOST_NUMBERS = 500
"""Numbers that all fields of a schema are bound to, together."""
Allowed = Mapping[str, Sequence[str] | range]
"""The values that fields of a name may take: texts, or numbers."""
_NONE: Allowed = {}


def schema_of(form: type[BaseModel], allowed: Allowed = _NONE) -> dict[str, Any]:
    """Return the form's JSON schema as strict modes want it.

    Everything is required and nothing more is allowed, definitions stand where they are used, and only
    keywords remain that strict modes accept.

    Args:
        form: Becomes the schema.
        allowed: The values that the texts or numbers of a field of this name may take; no bound where
            there are none, or too many for a schema.
    """
    whole = form.model_json_schema()
    bounds: _Bounds = {}
    for name, values in allowed.items():
        most = _MOST_VALUES if not isinstance(values, range) else _MOST_NUMBERS
        distinct: list[str | int] = list(dict.fromkeys(values))
        if 0 < len(distinct) <= most:
            bounds[name] = distinct
    strict = _strict(whole, whole.get("$defs", {}), bounds)
    if _numbers(strict) <= _MOST_NUMBERS:
        return strict
    texts = {name: bounds[name] for name in bounds if not isinstance(allowed[name], range)}
    return _strict(whole, whole.get("$defs", {}), texts)


def _numbers(node: Any) -> int:
    """Count the numbers that the fields of a schema are bound to."""
    if isinstance(node, list):
        return sum(map(_numbers, node))
    if not isinstance(node, dict):
        return 0
    own = len(node.get("enum", ())) if node.get("type") == "integer" else 0
    return own + sum(map(_numbers, node.values()))


def read(text: str, form: type[Form]) -> Form:
    """Return the form that an answer holds, also inside of a code fence or after some prose.

    Raises:
        BadCompletionError: There is no whole JSON object in it, or none that fits; the message names
            fields and what is wrong with them, and none of the answer's words.
    """
    if len(text) > _LONGEST:
        raise BadCompletionError(f"the answer has {len(text)} characters")
    problem = "no whole JSON object"
    cause: Exception | None = None
    for found in _objects(text):
        try:
            return form.model_validate(found)
        except ValidationError as error:
            if cause is None:
                problem, cause = _problem(error), error
    raise BadCompletionError(problem) from cause


async def ask(
    model: LanguageModel,
    request: Request,
    form: type[Form],
    repair: Callable[[str], Awaitable[str]],
    allowed: Allowed = _NONE,
) -> Form:
    """Have a model fill in a form, and ask once more where its answer can't be read.

    Args:
        model: What is asked.
        request: What to ask; its schema becomes the form's.
        form: What the answer is to hold.
        repair: Gives what is added to the prompt for the second try, from what was wrong.
        allowed: As in `schema_of`; the answer is read whether it keeps to them or not.

    Raises:
        BadCompletionError: The second answer can't be read either.
        ModelError: The model did not answer.
    """
    request = replace(request, schema=schema_of(form, allowed))
    try:
        return read((await model.complete(request)).text, form)
    except BadCompletionError as error:
        problem = str(error)
    _log.info("asking once more", purpose=request.purpose, problem=problem)
    again = replace(request, prompt=f"{request.prompt}\n\n{await repair(problem)}", on_text=None)
    return read((await model.complete(again)).text, form)


_Bounds = dict[str, list[str | int]]


def _strict(node: dict[str, Any], definitions: dict[str, Any], bounds: _Bounds) -> dict[str, Any]:
    if (ref := node.get("$ref")) is not None:
        return _strict(definitions[ref.rpartition("/")[2]], definitions, bounds)
    kept = {key: value for key, value in node.items() if key in _KEPT}
    if "properties" in kept:
        fields = kept["properties"].items()
        kept["properties"] = {
            name: _bound(_strict(each, definitions, bounds), bounds.get(name))
            for name, each in fields
        }
        kept["required"] = list(kept["properties"])
        kept["additionalProperties"] = False
    if "items" in kept:
        kept["items"] = _strict(kept["items"], definitions, bounds)
    if "anyOf" in kept:
        kept["anyOf"] = [_strict(each, definitions, bounds) for each in kept["anyOf"]]
    return kept


def _bound(node: dict[str, Any], values: list[str | int] | None) -> dict[str, Any]:
    """Bind a text or a number, or each of a list, to some values; what may be null as well may still be."""
    if values is None:
        return node
    if "anyOf" in node:
        return {**node, "anyOf": [_bound(each, values) for each in node["anyOf"]]}
    if "items" in node:
        return {**node, "items": _bound(node["items"], values)}
    kind = "string" if isinstance(values[0], str) else "integer"
    if node.get("type") != kind:
        return node
    return {**{key: each for key, each in node.items() if key != "maxLength"}, "enum": values}


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the whole JSON objects of a text, outermost ones alone."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    for _ in range(_MOST_TRIES):
        if at < 0:
            return
        try:
            found, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield found
        at = text.find("{", end)


def _problem(error: ValidationError) -> str:
    """Name the fields and the kinds of mistakes; a foreign message would quote the answer."""
    mistakes = error.errors(include_url=False, include_context=False, include_input=False)
    named = [f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in mistakes]
    return "; ".join(named[:_MOST_PROBLEMS])
