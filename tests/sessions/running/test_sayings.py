"""From a saying to blocks: a little Markdown of a template, and nothing of what is filled in."""

from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.chat.outgoing import (
    Block,
    Code,
    Heading,
    Listing,
    Mention,
    Paragraph,
    Span,
    Style,
    Text,
    Time,
)
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.plain import plain
from learncomm_agent.sessions.effects import Saying
from learncomm_agent.words import Words
from learncomm_agent.writing.sayings import Filling, Person, Things, things_in
from learncomm_agent.writing.voice import Voice

ANN = AccountRef("fake", "1")
HOSTILE = "# x **y** *z* `c` {{ lead }} {% raw %}\n\n- a\n1. b\n\U000f0000\U000f0001"
CLEAN = HOSTILE.replace("\U000f0000", "").replace("\U000f0001", "")
THINGS = Things({7: HOSTILE}, {1: Person("Ann", ANN), 2: Person("**Ben**")})
VOICE = Voice(Words(), "en", UTC, "/")


def blocks(text: str, **values: Any) -> tuple[Block, ...]:
    return Filling(VOICE, THINGS).blocks(Saying(text=text, values=values))


def test_the_little_markdown_of_a_template() -> None:
    text = """
## The **plan**
Read *slowly*, and
write `notes`.
Then rest.\\
Really.

- one
  goes on
- two
3. third
4. fourth
end
"""
    assert blocks(text) == (
        Heading("The plan"),
        Paragraph(
            (
                Text("Read "),
                Text("slowly", Style.EMPHASIS),
                Text(", and write "),
                Code("notes"),
                Text(". Then rest.\nReally."),
            )
        ),
        Listing(((Text("one goes on"),), (Text("two"),))),
        Listing(((Text("third"),), (Text("fourth end"),)), start=3),
    )


def test_values_become_what_they_stand_for() -> None:
    values = {
        "lead": {"member": 1},
        "ends": {"time": "2026-03-02T18:00:00+00:00"},
        "how": {"command": "session join"},
        "names": [{"member": 1}, {"member": 2}, {"member": 3}],
        "gone": {"entry": 8},
        "link": {"message": 5, "label": "there"},
    }
    (paragraph,) = blocks(
        "{{ lead }}: {{ ends }} {{ how }} {{ names }} {{ gone }} {{ link }} {{ nothing }}",
        **values,
        nothing=None,
    )
    assert isinstance(paragraph, Paragraph)
    assert {type(each) for each in paragraph.spans} == {Mention, Text, Time, Code}
    said = plain((paragraph,))
    assert said.startswith("Ann: Mon, Mar 2, ")
    assert "/session join Ann, **Ben**, and somebody (taken back) there" in said


@pytest.mark.parametrize(
    "template",
    ["{{ it }}", "- {{ it }}", "**{{ it }}**", "# {{ it }}", "1. a\n{{ it }}", "{{ [it] | join }}"],
)
@pytest.mark.parametrize("how", ["value", "entry", "nested"])
def test_what_is_filled_in_is_neither_markdown_nor_a_template_nor_forged(
    template: str, how: str
) -> None:
    it: Any = {"entry": 7} if how == "entry" else HOSTILE
    source = template.replace("it", "it.deep") if how == "nested" else template
    found = blocks(source, it={"deep": it} if how == "nested" else it, lead={"member": 1})
    assert len(found) == 1
    spans = [span for block in found for span in spans_of(block)]
    assert not any(isinstance(span, Mention | Code) for span in spans)
    said = " ".join("".join(span.text for span in spans if isinstance(span, Text)).split())
    wanted = (
        HOSTILE if how == "entry" else CLEAN
    )  # an entry is a span of its own, whatever is in it
    assert said.removeprefix("a ") == " ".join(wanted.split())


def spans_of(block: Block) -> tuple[Span, ...]:
    match block:
        case Paragraph(spans=spans):
            return spans
        case Listing(items=items):
            return tuple(span for item in items for span in item)
        case Heading(text=text):
            return (Text(text),)
    raise AssertionError(block)


def test_a_template_can_still_tell_values_apart_and_count_them() -> None:
    template = "{% if goal == 'a*b' %}yes{% endif %}\n\n{% for it in all %}{{ loop.index }}. {{ it }}\n{% endfor %}"
    said, listed = blocks(template, goal="a*b", all=["- x", "# y"])
    assert plain((said,)) == "yes"
    assert listed == Listing(((Text("- x"),), (Text("# y"),)), start=1)


def test_a_template_with_marks_of_its_own_forges_nothing() -> None:
    (paragraph,) = blocks("\U000f0000{{ lead }}\U000f0005", lead={"member": 1})
    assert paragraph == Paragraph((Mention(ANN, "Ann"),))


def test_a_phrase_takes_the_same_values_and_is_no_markdown() -> None:
    saying = Saying(phrase="session.moved", values={"at": {"entry": 7}, "key": "x", "language": 1})
    said = plain(Filling(VOICE, THINGS).blocks(saying))
    assert CLEAN.strip() in said


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_words_come_out_as_they_went_in(template: str, value: str) -> None:
    """A template without a command says the value, whatever stands in both."""
    source = template.replace("{", "").replace("#", "") + " {{ it }}"
    filling = Filling(VOICE, Things({1: value}))
    said = plain(filling.blocks(Saying(text=source, values={"it": {"entry": 1}})))
    if value.strip():
        assert "".join(value.split()) in "".join(said.split())
        assert filling.used == {("entry", 1)}


def test_things_are_found_as_deep_as_they_are() -> None:
    values = {
        "a": [{"member": 1}, {"b": {"entry": 2}}],
        "c": {"message": 3, "label": "x"},
        "d": {"entry": 4, "n": 1},
    }
    assert set(things_in(values)) == {("member", 1), ("entry", 2), ("message", 3)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("We take “{{ it }}”.", "We take “Buy chairs”."),
        ("We take {{ it }}. Good.", "We take Buy chairs. Good."),
        ("{{ it }}", "Buy chairs."),
        ("{{ it }} Thank you.", "Buy chairs. Thank you."),
        ("{{ dots }}, he said", "And so on..., he said"),
    ],
)
def test_where_a_sentence_goes_on_what_is_named_has_no_full_stop(text: str, said: str) -> None:
    things = Things({1: "Buy chairs.", 2: "And so on..."})
    values = {"it": {"entry": 1}, "dots": {"entry": 2}}
    assert Filling(VOICE, things).plain(Saying(text=text, values=values)) == said
