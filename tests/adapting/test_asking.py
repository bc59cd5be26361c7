import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.adapting.asking import Asking, Words
from learncomm_agent.chat.forms import Choice, Field, FieldKind, Form
from learncomm_agent.errors import Advice
from learncomm_agent.words import Words as Sentences

SENTENCES = Sentences()
WORDS = Words.of(
    [lambda key, /, tag=tag, **v: SENTENCES.phrase(key, language=tag, **v) for tag in ("en", "de")]
)
FORM = Form(
    "f",
    "About you",
    (
        Field("name", "Your name", max_chars=5),
        Field(
            "drinks",
            "Drinks",
            FieldKind.CHOICE,
            choices=(Choice("t", "Tea"), Choice("c", "Coffee")),
            at_most=2,
        ),
        Field("room", "Room", FieldKind.ROOM, is_required=False, values=("!old",)),
    ),
)


def asked(*said: str) -> Asking:
    asking = Asking(FORM)
    for place, each in enumerate(said):
        taken = asking.answer(
            each, WORDS, f"${place}", lambda _, name: {"Book club": "!b"}.get(name)
        )
        assert isinstance(taken, Asking)
        asking = (
            Asking.of(json.loads(json.dumps(taken.record()))) if not taken.is_stopped else taken
        )
    return asking


def test_a_form_is_filled_in_question_by_question() -> None:
    done = asked("Ann", "2, tea", "Book club")
    assert done.is_done
    assert done.values == {"name": "Ann", "drinks": "t\nc", "room": "!b"}


def test_words_of_all_languages_steer() -> None:
    assert asked("Ann", "zurück", "Bob", "1", "weiter").values == {
        "name": "Bob",
        "drinks": "t",
        "room": "!old",
    }
    assert asked("Ann", "1", "nothing").values["room"] == ""
    assert asked("Ann", "stopp").is_stopped


@pytest.mark.parametrize(
    ("before", "said", "phrase"),
    [
        ((), "skip", "asking.required"),
        ((), " ", "asking.required"),
        ((), "Annabel", "asking.too_long"),
        (("Ann",), "9", "offering.unknown"),
        (("Ann", "1"), "a, b", "offering.so_many"),
    ],
)
def test_what_will_not_do_is_said_at_once(before: tuple[str, ...], said: str, phrase: str) -> None:
    problem = asked(*before).answer(said, WORDS)
    assert isinstance(problem, Advice)
    assert problem.phrase == phrase
    assert SENTENCES.phrase(phrase, language="de", **problem.values)


def test_an_answer_can_be_changed_and_taken_back() -> None:
    asking = asked("Ann", "1")
    changed = asking.changed("$0", "Bob", WORDS)
    assert isinstance(changed, Asking)
    assert changed.values == {"name": "Bob", "drinks": "t"}
    assert isinstance(asking.changed("$0", "far too long", WORDS), Advice)
    removed = changed.removed("$0")
    assert removed.values == {"drinks": "t"}
    assert removed.field == FORM.fields[0]


@given(st.lists(st.sampled_from(["Ann", "1", "back", "skip", "9, 9", "nothing", ""]), max_size=12))
def test_no_answer_is_lost(said: list[str]) -> None:
    asking = Asking(FORM)
    for place, each in enumerate(said):
        taken = asking.answer(each, WORDS, str(place))
        if isinstance(taken, Asking):
            if each != "back":
                assert taken.answers[: len(asking.answers)] == asking.answers
            asking = taken


@pytest.mark.parametrize(
    "record", [{}, {"form": {"id": "x"}, "answers": []}, {"form": None, "answers": 3}]
)
def test_a_broken_record_is_no_form(record: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no record"):
        Asking.of(record)
