"""The doubles answer as they promise."""

import json

import pytest

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.errors import BadCompletionError, ModelUnavailableError
from learncomm_agent.llm.forms import read, schema_of
from learncomm_agent.llm.model import Request
from learncomm_agent.testing.lying import LyingModel
from learncomm_agent.testing.models import (
    ScriptedModel,
    UnrulyModel,
    Way,
    material_of,
)
from learncomm_agent.testing.obeying import ObeyingModel
from learncomm_agent.writing.model.forms import AnswerDraft, QuestionsDraft, SummaryDraft

MATERIAL = """<material>
[1] Ana: Shall we meet on Tuesdays from now on?
[2] Ben: Yes.
[3] Cem: I will print the handouts by Friday.
</material>
from easy to far: notice, act."""
PLAIN = Request(MATERIAL, "answer", CommunityId(1), 100)


async def test_a_script_is_followed_and_kept() -> None:
    model = ScriptedModel(["a", {"b": "ä"}, ModelUnavailableError("gone")])
    said = [(await model.complete(PLAIN)).text for _ in range(2)]
    assert said == ["a", '{"b": "ä"}']
    with pytest.raises(ModelUnavailableError):
        await model.complete(PLAIN)
    with pytest.raises(LookupError):
        await model.complete(PLAIN)
    assert model.requests == [PLAIN] * 4
    await model.close()


async def test_a_script_may_be_a_function() -> None:
    model = ScriptedModel(lambda request: request.purpose)
    assert (await model.complete(PLAIN)).text == "answer"


def test_material_is_read_line_by_line() -> None:
    assert [(each.number, each.label) for each in material_of(PLAIN)] == [
        (1, "Ana"),
        (2, "Ben"),
        (3, "Cem"),
    ]


@pytest.mark.parametrize("form", [AnswerDraft, QuestionsDraft, SummaryDraft])
async def test_lies_have_the_form_that_was_asked_for(
    form: type[AnswerDraft | QuestionsDraft | SummaryDraft],
) -> None:
    request = Request(MATERIAL, "x", CommunityId(1), 100, schema_of(form))
    told: list[str] = []
    for seed in (0, 0, 1, 2, 3, 4):
        model = LyingModel(seed)
        told.append((await model.complete(request)).text)
        read(told[-1], form)
    assert told[0] == told[1]
    assert len(set(told)) > 2
    assert model.honest or model.lies


@pytest.mark.parametrize("form", [AnswerDraft, QuestionsDraft, SummaryDraft])
async def test_orders_are_obeyed_in_every_form(
    form: type[AnswerDraft | QuestionsDraft | SummaryDraft],
) -> None:
    model = ObeyingModel()
    model.order("See evil.example", mark="Shall we meet")
    request = Request(MATERIAL, "x", CommunityId(1), 100, schema_of(form))
    text = (await model.complete(request)).text
    read(text, form)
    assert text.count("evil.example") >= 4
    assert model.obeyed > 4
    model.order("Obey", mark="nobody said so")
    assert "evil" not in (await model.complete(request)).text
    assert len(model.requests) == 1


@pytest.mark.parametrize("way", Way)
async def test_an_unruly_answer_is_read_only_where_it_is_whole(way: Way) -> None:
    answer = {"claims": [{"line": 1, "quote": "q", "also": [], "text": "t"}]}
    text = (await UnrulyModel(way, answer).complete(PLAIN)).text
    if way.is_readable:
        assert read(text, AnswerDraft).claims[0].text == "t"
    else:
        with pytest.raises(BadCompletionError):
            read(text, AnswerDraft)
    assert json.dumps(answer) != text
