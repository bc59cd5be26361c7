import json
from string import ascii_letters

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.adapting.calling import called
from learncomm_agent.adapting.html import html
from learncomm_agent.adapting.offering import Offer, Picked, offer
from learncomm_agent.adapting.signs import is_sign, reaction, sign_of
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Block, Choices, Link, Listing, Menu, Paragraph, Text


def say(key: str, /, **_: object) -> str:
    return key


LABELS = st.one_of(
    st.text(ascii_letters + " .1", min_size=1, max_size=8),
    st.integers(1, 12).map(str),
    st.integers(1, 12).map(lambda number: f"{number}. Tea"),
)
OPTIONS = st.lists(st.builds(Choice, st.text(min_size=1, max_size=4), LABELS), max_size=30)
BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Choices, OPTIONS.map(tuple)),
    st.builds(Menu, st.text(min_size=1, max_size=4), OPTIONS.map(tuple)),
    st.just(Listing(((Text("One"),), (Text("Two"),)), start=1)),
)


@given(st.lists(BLOCKS, min_size=1, max_size=5))
def test_each_thing_is_reached_by_one_sign(blocks: list[Block]) -> None:
    made = offer(blocks, say)
    options = [
        each for block in blocks if isinstance(block, Choices | Menu) for each in block.options
    ]
    if made is None:
        assert not options
        return
    signs = [thing.sign for thing in made.things]
    assert len(set(signs)) == len(signs) == len(options)
    read = Offer.of(json.loads(json.dumps(made.record())))
    assert sorted(thing.id for thing in made.things) == sorted(each.id for each in options)
    for thing in made.things:
        picked = read.picked(thing.sign)
        assert picked is not None
        assert (picked.values or (picked.id,)) == (thing.id,)
        emoji = reaction(thing.sign)
        assert emoji is None or read.picked(emoji) == picked


MENU = Menu("m", (Choice("x", "Tea"), Choice("y", "Coffee")), "Pick", at_least=0, at_most=2)
POST = (MENU, Choices((Choice("z", "Publish", opens_form=True),)))


@pytest.mark.parametrize(
    ("said", "picked"),
    [
        ("2.", Picked("m", ("y",))),
        ("2, 1", Picked("m", ("x", "y"))),
        ("coffee, TEA", Picked("m", ("x", "y"))),
        ("3️⃣", Picked("z", (), True)),
        ("publish", Picked("z", (), True)),
        ("0", Picked("m")),
        ("1, 3", None),
        ("4", None),
        ("tea please", None),
        ("1" * 5000, None),
        ("", None),
    ],
)
def test_what_is_said_picks(said: str, picked: Picked | None) -> None:
    made = offer(POST, say)
    assert made is not None
    assert made.picked(said) == picked


def test_a_numbered_list_keeps_its_numbers() -> None:
    listed = Listing(((Text("Tea?"),),), start=1)
    menu = Menu("m", (Choice("x", "1. Tea?"),))
    made = offer((listed, menu, Choices((Choice("z", "Go"),))), say)
    assert made is not None
    assert [thing.sign for thing in made.things] == ["1", "a"]


def test_a_long_list_comes_after_the_few_choices() -> None:
    long = Menu("m", tuple(Choice(str(n), f"Step {n}") for n in range(9)), "Change")
    made = offer((long, Choices((Choice("go", "Begin"),))), say)
    assert made is not None
    assert made.things[0].label == "Begin"


def test_what_was_asked_just_before_is_not_asked_again() -> None:
    asked = Paragraph((Text("Pick one, please."),))
    made = offer((asked, MENU), say)
    assert made is not None
    assert [each for each in made.blocks if each == Paragraph((Text("Pick"),))] == []


@pytest.mark.parametrize(
    "record",
    [{}, {"things": [1], "menus": []}, {"things": [["1", "x", "y", 3, False]], "menus": []}],
)
def test_a_broken_record_is_no_offer(record: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no record"):
        Offer.of(record)


@pytest.mark.parametrize(
    ("said", "sign"), [("(2)", "2"), ("🔟", "10"), ("🇧", "b"), ("２", "2"), ("B.", "b")]
)
def test_signs_are_read(said: str, sign: str) -> None:
    assert sign_of(said) == sign
    assert is_sign(said)
    assert not is_sign("ok")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("!lc search x", "search x"),
        ("!LC", ""),
        ("!lcx", None),
        ("Bot: hi", "hi"),
        ("@bot, hi", "hi"),
        ("robot", None),
    ],
)
def test_who_is_called(text: str, rest: str | None) -> None:
    assert called(text, ("!lc", "bot")) == rest


@given(st.text())
def test_text_is_never_markup(text: str) -> None:
    shown = html((Paragraph((Text(text), Link(text, 'https://e.org/"><b>'))),))
    assert "<b>" not in shown
    assert "<script" not in html((Paragraph((Text("<script>"),)),))
