"""What was asked and answered stands in a file that only its owner reads, and can be answered from."""

import asyncio
import json
import re
import stat
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.errors import (
    BadCompletionError,
    LearncommError,
    ModelError,
    ModelUnavailableError,
    PromptTooLongError,
    SettingsError,
)
from learncomm_agent.llm.model import Completion, Request, Usage
from learncomm_agent.llm.recording import RecordedModel, ReplayedModel, key_of
from learncomm_agent.words import Words

Outcome = Completion | Exception


class Model:
    """Answers what is scripted, in order."""

    name = "m"

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.is_closed = False

    async def complete(self, request: Request) -> Completion:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def close(self) -> None:
        self.is_closed = True


class OwnError(BadCompletionError):
    """An error of a plugin's own."""


SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def asks(prompt: str = "Why?", **more: Any) -> Request:
    values: dict[str, Any] = {"purpose": "answer", "community": CommunityId(1), "max_tokens": 9}
    return Request(prompt, **values | more)


def said(text: str) -> Completion:
    return Completion(text, Usage(5, 2, 1))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calls.jsonl"


async def lines(file: Path) -> list[Any]:
    text = await asyncio.to_thread(file.read_text, "utf-8")
    return [json.loads(line) for line in text.split("\n")[:-1]]


async def replayed(file: Path) -> ReplayedModel:
    return await asyncio.to_thread(ReplayedModel, file)


async def outcome(model: RecordedModel | ReplayedModel, request: Request) -> object:
    """Return the answer, or the class of the error."""
    try:
        return await model.complete(request)
    except LearncommError as error:
        return type(error)


async def test_a_line_holds_what_was_asked_and_what_came(file: Path) -> None:
    recorded = RecordedModel(Model(said("Bücher\n"), PromptTooLongError("x")), file)
    request = asks("é\u2028\r\n\ud800", schema=SCHEMA)
    assert await recorded.complete(request) == said("Bücher\n")
    with pytest.raises(PromptTooLongError):
        await recorded.complete(request)
    shared = {
        **{"key": key_of(request), "purpose": "answer", "max_tokens": 9},
        **{"schema": SCHEMA, "prompt": "é\u2028\r\n\ud800"},
    }
    assert await lines(file) == [
        shared | {"answer": "Bücher\n", "usage": {"sent": 5, "received": 2, "cached": 1}},
        shared | {"error": {"class": "PromptTooLongError", "reason": "too_long"}},
    ]
    assert stat.S_IMODE((await asyncio.to_thread(file.stat)).st_mode) == 0o600
    assert "Bücher" in await asyncio.to_thread(file.read_text, "utf-8")  # for people's eyes


async def test_many_at_once_write_whole_lines(file: Path) -> None:
    models = [RecordedModel(Model(*[said("x" * 20_000)] * 10), file) for _ in range(3)]
    await asyncio.gather(*(model.complete(asks()) for model in models for _ in range(10)))
    assert len(await lines(file)) == 30


@pytest.mark.parametrize("name", ["nowhere/calls.jsonl", "\0"])
async def test_what_can_not_be_written_is_answered_all_the_same(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    recorded = RecordedModel(Model(said("a"), BadCompletionError("x")), tmp_path / name)
    assert await recorded.complete(asks()) == said("a")
    with pytest.raises(BadCompletionError):
        await recorded.complete(asks())
    assert caplog.text.count("model call not recorded") == 2


async def test_it_bears_the_models_name_and_closes_it(file: Path) -> None:
    model = Model()
    recorded = RecordedModel(model, file)
    assert recorded.name == "m"
    await recorded.close()
    assert model.is_closed


ERRORS = [ModelError, ModelUnavailableError, BadCompletionError, PromptTooLongError, OwnError]
TEXTS = st.text(max_size=20)
OUTCOMES = st.builds(said, TEXTS) | st.sampled_from(ERRORS).map(lambda kind: kind("x"))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(calls=st.lists(st.tuples(st.sampled_from(["a", "b\n\u2028"]), OUTCOMES), max_size=8))
def test_what_was_recorded_happens_again(file: Path, calls: list[tuple[str, Outcome]]) -> None:
    async def run() -> None:
        await asyncio.to_thread(file.write_bytes, b"")
        recorded = RecordedModel(Model(*(each for _, each in calls)), file)
        first = [await outcome(recorded, asks(prompt)) for prompt, _ in calls]
        again = await replayed(file)
        second = [await outcome(again, asks(prompt)) for prompt, _ in calls]
        assert second == [BadCompletionError if each is OwnError else each for each in first]

    asyncio.run(run())


async def test_the_last_answer_is_repeated(file: Path) -> None:
    recorded = RecordedModel(Model(said("1"), said("2")), file)
    for _ in range(2):
        await recorded.complete(asks())
    again = await replayed(file)
    assert [(await again.complete(asks())).text for _ in range(4)] == ["1", "2", "2", "2"]


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (asks("Why!"), False),
        (asks(purpose="summary"), False),
        (asks(schema=None), False),
        (asks(schema=dict(reversed(SCHEMA.items()))), True),
        (asks(schema=MappingProxyType(SCHEMA)), True),
        (asks(schema=SCHEMA, max_tokens=7, community=CommunityId(2)), True),
    ],
)
def test_a_request_is_known_by_purpose_prompt_and_schema(other: Request, is_same: bool) -> None:
    assert (key_of(other) == key_of(asks(schema=SCHEMA))) == is_same


def test_the_key_of_a_request_stays_the_same_in_later_versions() -> None:
    assert key_of(asks()) == "2c7173f2ff31c50fce7590f9732fa31e"


async def test_what_is_not_in_the_file_is_added_once_and_answered_by_hand(file: Path) -> None:
    for _ in range(2):  # in one run, at once, and in the next one
        model = await replayed(file)
        asked = [outcome(model, asks(schema=SCHEMA)) for _ in range(3)]
        assert await asyncio.gather(*asked) == [ModelUnavailableError] * 3
    (line,) = await lines(file)
    assert (line["answer"], line["prompt"], line["schema"]) == (None, "Why?", SCHEMA)
    assert stat.S_IMODE((await asyncio.to_thread(file.stat)).st_mode) == 0o600


@pytest.mark.parametrize("language", ["en", "de"])
async def test_whoever_asks_learns_which_file_to_fill(
    file: Path, words: Words, language: str
) -> None:
    with pytest.raises(ModelUnavailableError) as raised:
        await (await replayed(file)).complete(asks())
    advice = raised.value.advice
    assert "calls.jsonl" in words.phrase(advice.phrase, language=language, **advice.values)
    assert raised.value.reason == "unavailable"


@pytest.mark.parametrize(
    ("pasted", "text"),
    [
        ('"So be it"', "So be it"),
        ('"two\nlines"', "two\nlines"),
        ('{"a": "ü"}', '{"a": "ü"}'),
        ('{\n  "a": [1,\n 2]\n}', '{"a": [1, 2]}'),
    ],
)
async def test_an_answer_may_be_put_in_as_text_or_as_an_object(
    file: Path, pasted: str, text: str
) -> None:
    await outcome(await replayed(file), asks())
    waiting = await asyncio.to_thread(file.read_text, "utf-8")
    filled = waiting.replace('"answer": null', f'"answer": {pasted}').rstrip("\n")
    await asyncio.to_thread(file.write_text, filled, "utf-8")
    model = await replayed(file)
    assert await model.complete(asks()) == Completion(text, Usage(2, -(-len(text) // 3)))
    await outcome(
        model, asks("And then?")
    )  # goes onto a line of its own, though the last had no end
    again = await replayed(file)
    assert (await again.complete(asks())).text == text
    assert (await asyncio.to_thread(file.read_text, "utf-8")).count("\n{") == 1


GOOD = '{"key": "k", "answer": "a"}\n'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (GOOD + '{"key": "k", "answer": \n' + GOOD * 2, "calls.jsonl:2: syntax"),
        (GOOD + '\n\n{"key": "k", "answer": say "yes"}\n', "calls.jsonl:4: syntax"),
        (GOOD + '{"key": "k", "answer": {\n"a": 1,,\n}}', "calls.jsonl:2: syntax.* on line 3"),
        (GOOD + "[" * 100_000, "calls.jsonl:2: syntax"),
        (GOOD + "1" * 5000, "calls.jsonl:2: syntax"),
        (GOOD * 2 + "7", "calls.jsonl:3: invalid"),
        ('{"answer": "a"}', "calls.jsonl:1: invalid"),
        ('{"key": 1, "answer": "a"}', "calls.jsonl:1: invalid"),
        ('{"key": "k"}', "calls.jsonl:1: invalid"),
        ('{"key": "k", "answer": 7}', "calls.jsonl:1: invalid"),
        ('{"key": "k", "error": "BadCompletionError"}', "calls.jsonl:1: invalid"),
        ('{"key": "k", "error": {"class": "SystemExit"}}', "calls.jsonl:1: invalid"),
        ('{"key": "k", "error": {"class": "StorageError"}}', "calls.jsonl:1: invalid"),
        ('{"key": "k", "answer": "a", "usage": 7}', "calls.jsonl:1: invalid"),
        ('{"key": "k", "answer": "a", "usage": {"sent": 1}}', "calls.jsonl:1: invalid"),
        (
            '{"key": "k", "answer": "a", "usage": {"sent": -1, "received": 1}}',
            "calls.jsonl:1: invalid",
        ),
        (GOOD.encode() + b"\xff", "calls.jsonl:2: unreadable"),
    ],
)
def test_a_broken_line_is_named(file: Path, content: str | bytes, problem: str) -> None:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SettingsError) as raised:
        ReplayedModel(file)
    (told,) = raised.value.problems
    assert re.match(problem, told)


@pytest.mark.parametrize("name", ["nowhere/calls.jsonl", ".", "\0"])
def test_a_file_that_can_not_be_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as raised:
        ReplayedModel(tmp_path / name)
    (told,) = raised.value.problems
    assert "unreadable" in told


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", GOOD.encode() + b"\r\n"])
def test_empty_lines_and_marks_of_editors_are_no_mistake(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert ReplayedModel(file).name == "replayed"
