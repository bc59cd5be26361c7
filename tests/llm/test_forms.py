"""Forms become strict schemas, and are read out of whatever a model puts around them."""

import json
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.errors import BadCompletionError, ModelUnavailableError
from learncomm_agent.llm.forms import Allowed, ask, read, schema_of
from learncomm_agent.llm.model import Request
from learncomm_agent.testing.models import ScriptedModel
from learncomm_agent.writing.items import ItemKind
from learncomm_agent.writing.model.forms import (
    AnswerDraft,
    QuestionsDraft,
    SummaryDraft,
    draft_of,
)


class Part(BaseModel):
    """A docstring, which is for readers of the code."""

    line: int = Field(ge=1)
    owner: str | None = None


class Whole(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=40, description="A name.")] = "x"
    parts: Annotated[list[Part], Field(json_schema_extra={"maxItems": 3})]


REQUEST = Request("the task", "answer", CommunityId(1), 100)
GOOD = '{"name": "a", "parts": [{"line": 1, "owner": null}]}'


async def repair(problem: str) -> str:
    return f"again, because of {problem}"


def test_a_schema_is_strict_flat_and_bounded() -> None:
    part = {
        "type": "object",
        "properties": {
            "line": {"type": "integer"},
            "owner": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "required": ["line", "owner"],
        "additionalProperties": False,
    }
    assert schema_of(Whole) == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 40},
            "parts": {"type": "array", "items": part, "maxItems": 3},
        },
        "required": ["name", "parts"],
        "additionalProperties": False,
    }


def test_texts_are_bound_to_the_values_that_are_allowed() -> None:
    schema = schema_of(Whole, {"owner": ["Ana", "Ben", "Ana"], "name": [], "line": ["x"]})
    part = schema["properties"]["parts"]["items"]["properties"]
    bound = {"type": "string", "enum": ["Ana", "Ben"]}
    assert part["owner"] == {"anyOf": [bound, {"type": "null"}]}
    assert part["line"] == {"type": "integer"}
    assert schema["properties"]["name"] == {"type": "string", "maxLength": 40}
    assert schema_of(Whole, {"name": ["x"]})["properties"]["name"] == {
        "type": "string",
        "enum": ["x"],
    }
    many = {"owner": [f"Ana {i}" for i in range(101)]}
    assert schema_of(Whole, many) == schema_of(Whole)


@pytest.mark.parametrize(("lines", "is_bound"), [(1, True), (35, True), (36, False), (600, False)])
def test_numbers_of_lines_are_bound_where_they_are_few(lines: int, is_bound: bool) -> None:
    numbers = range(1, lines + 1)
    allowed: Allowed = {"line": numbers, "also": numbers, "owner": ["Ana"]}
    schema = schema_of(SummaryDraft, allowed)  # seven lists, each with two places for a number
    action = schema["properties"]["action_items"]["items"]["properties"]
    bound = {"enum": list(numbers)} if is_bound else {}
    assert action["line"] == {"type": "integer"} | bound
    assert action["also"] == {
        "type": "array",
        "maxItems": 2,
        "items": {"type": "integer"} | bound,
    }
    assert action["owner"]["anyOf"][0]["enum"] == ["Ana"]
    alone = schema_of(draft_of(ItemKind.ACTION), allowed)  # one list alone has room for more
    line = alone["properties"]["action_items"]["items"]["properties"]["line"]
    assert ("enum" in line) == (lines <= 250)


@pytest.mark.parametrize("form", [AnswerDraft, QuestionsDraft, SummaryDraft])
def test_every_text_of_our_forms_is_bounded(form: type[BaseModel]) -> None:
    whole = json.dumps(schema_of(form, {"level": ["apply"], "owner": ["Ana"]}))
    assert whole.count('"string"') == whole.count("maxLength") + whole.count('"enum": ["')


@pytest.mark.parametrize("form", [AnswerDraft, QuestionsDraft, SummaryDraft])
def test_every_list_of_our_forms_is_bounded(form: type[BaseModel]) -> None:
    def lists(node: Any) -> list[dict[str, Any]]:
        if isinstance(node, dict):
            own = [node] if node.get("type") == "array" else []
            return own + [found for each in node.values() for found in lists(each)]
        return [found for each in node for found in lists(each)] if isinstance(node, list) else []

    found = lists(schema_of(form))
    assert found
    assert all(each["maxItems"] <= 20 for each in found)
    assert "$ref" not in json.dumps(schema_of(form))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Here {{is}} what I found {{}}: {GOOD} I hope it helps {{",
        f"\ufeff\n{GOOD}\n{GOOD}",
        GOOD.replace('"line": 1', '"line": "1"'),
        GOOD.replace("}]", ', "extra": {"a": [1]}}]'),
    ],
)
def test_the_first_whole_object_that_fits_is_read(text: str) -> None:
    assert read(text, Whole).parts[0].line == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no whole JSON object"),
        ("I would rather not.", "no whole JSON object"),
        (GOOD[:-1], "parts: missing"),  # only the inner object is whole
        ('{"parts":' * 15_000, "no whole JSON object"),
        ("{" * 100_000, "no whole JSON object"),
        ("x" * 300_000, "300000 characters"),
        ("[1, 2]", "no whole JSON object"),
        ('{"name": 3, "parts": {"line": "secret"}}', "name: string_type; parts: list_type"),
        ('{"name": "a", "parts": [{"line": "secret"}]}', "parts.0.line: int_parsing"),
        ('{"name": "a", "parts": [{"line": 1' + "0" * 9000 + "}]}", "no whole JSON object"),
    ],
)
def test_what_can_not_be_read_is_one_error_without_its_words(text: str, problem: str) -> None:
    with pytest.raises(BadCompletionError) as caught:
        read(text, Whole)
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_a_good_answer_is_asked_for_once() -> None:
    model = ScriptedModel([GOOD])
    assert (await ask(model, REQUEST, Whole, repair)).name == "a"
    (request,) = model.requests
    assert request.schema == schema_of(Whole)


@pytest.mark.parametrize("first", ["nonsense", BadCompletionError("the answer was cut")])
async def test_a_bad_answer_is_asked_for_again(first: str | Exception) -> None:
    model = ScriptedModel([first, GOOD])
    assert (await ask(model, REQUEST, Whole, repair)).name == "a"
    assert model.requests[1].prompt.startswith("the task\n\nagain, because of ")
    assert model.requests[1].schema == model.requests[0].schema


async def test_two_bad_answers_are_an_error_and_no_third_is_asked_for() -> None:
    model = ScriptedModel(["nonsense", "{}", GOOD])
    with pytest.raises(BadCompletionError, match="parts: missing"):
        await ask(model, REQUEST, Whole, repair)
    assert len(model.requests) == 2


async def test_a_model_that_is_away_is_not_asked_again() -> None:
    model = ScriptedModel([ModelUnavailableError("gone"), GOOD])
    with pytest.raises(ModelUnavailableError):
        await ask(model, REQUEST, Whole, repair)
    assert len(model.requests) == 1
