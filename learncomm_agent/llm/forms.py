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

_KEPT = frozenset({"type", "properties", "items", "anyOf", "enum", "const", "maxItems"})
"""Keywords that are sent. Lengths of strings are not: OpenAI's strict mode has refused `maxLength`, and
servers that do enforce it cut words in the middle. `max_tokens` bounds them all, and whoever reads the
form drops what is too long. Nor are `minimum` and `maximum`: OpenAI takes them, but its tuned models,
Azure and Anthropic refuse them, and whoever refuses one keyword is sent no schema at all. Whoever reads
the form drops numbers out of range."""
_LONGEST = 200_000
"""Characters of an answer; a longer one is not looked through."""
_MOST_TRIES = 20
"""Brackets at which an object is looked for."""
_MOST_PROBLEMS = 5
_MOST_VALUES = 100
"""Values that a field is bound to; strict modes bound their number and length."""
_NONE: Mapping[str, Sequence[str]] = {}


def schema_of(
    form: type[BaseModel], allowed: Mapping[str, Sequence[str]] = _NONE
) -> dict[str, Any]:
    """Return the form's JSON schema as strict modes want it.

    Everything is required and nothing more is allowed, definitions stand where they are used, and only
    keywords remain that strict modes accept.

    Args:
        form: Becomes the schema.
        allowed: The values that the texts of a field of this name may take; no bound where there are
            none, or too many for a schema.
    """
    whole = form.model_json_schema()
    bounds = {name: list(dict.fromkeys(values)) for name, values in allowed.items()}
    bounds = {name: values for name, values in bounds.items() if 0 < len(values) <= _MOST_VALUES}
    return _strict(whole, whole.get("$defs", {}), bounds)


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
    allowed: Mapping[str, Sequence[str]] = _NONE,
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
    again = replace(request, prompt=f"{request.prompt}\n\n{await repair(problem)}")
    return read((await model.complete(again)).text, form)


def _strict(
    node: dict[str, Any], definitions: dict[str, Any], bounds: Mapping[str, list[str]]
) -> dict[str, Any]:
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


def _bound(node: dict[str, Any], values: list[str] | None) -> dict[str, Any]:
    """Bind a text to some values; one that may be null as well may still be."""
    if values is None:
        return node
    if "anyOf" in node:
        return {**node, "anyOf": [_bound(each, values) for each in node["anyOf"]]}
    return {**node, "enum": values} if node.get("type") == "string" else node


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
