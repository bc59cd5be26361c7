"""Forms that a language model fills in: from a pydantic class to a JSON schema, and back from its answer."""

import json
from collections.abc import Awaitable, Callable, Iterator
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
form drops what is too long."""
_LONGEST = 200_000
"""Characters of an answer; a longer one is not looked through."""
_MOST_TRIES = 20
"""Brackets at which an object is looked for."""
_MOST_PROBLEMS = 5


def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    """Return the form's JSON schema as strict modes want it.

    Everything is required and nothing more is allowed, definitions stand where they are used, and only
    keywords remain that strict modes accept.
    """
    whole = form.model_json_schema()
    return _strict(whole, whole.get("$defs", {}))


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
) -> Form:
    """Have a model fill in a form, and ask once more where its answer can't be read.

    Args:
        model: What is asked.
        request: What to ask; its schema becomes the form's.
        form: What the answer is to hold.
        repair: Gives what is added to the prompt for the second try, from what was wrong.

    Raises:
        BadCompletionError: The second answer can't be read either.
        ModelError: The model did not answer.
    """
    request = replace(request, schema=schema_of(form))
    try:
        return read((await model.complete(request)).text, form)
    except BadCompletionError as error:
        problem = str(error)
    _log.info("asking once more", purpose=request.purpose, problem=problem)
    again = replace(request, prompt=f"{request.prompt}\n\n{await repair(problem)}")
    return read((await model.complete(again)).text, form)


def _strict(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if (ref := node.get("$ref")) is not None:
        return _strict(definitions[ref.rpartition("/")[2]], definitions)
    kept = {key: value for key, value in node.items() if key in _KEPT}
    if "properties" in kept:
        fields = kept["properties"].items()
        kept["properties"] = {name: _strict(each, definitions) for name, each in fields}
        kept["required"] = list(kept["properties"])
        kept["additionalProperties"] = False
    if "items" in kept:
        kept["items"] = _strict(kept["items"], definitions)
    if "anyOf" in kept:
        kept["anyOf"] = [_strict(each, definitions) for each in kept["anyOf"]]
    return kept


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
