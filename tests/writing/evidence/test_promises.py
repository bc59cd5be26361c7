"""Who promised something and by when is computed from the messages, whatever a model says."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from learncomm_agent.writing.evidence.summary_checks import check_summary
from learncomm_agent.writing.evidence.support import Support
from learncomm_agent.writing.items import Coverage, Item, ItemKind, Method, Summary, Transcript
from learncomm_agent.writing.language.cues import Cues, read_cues
from learncomm_agent.writing.language.deadlines import due_reader

MakeTranscript = Callable[..., Transcript]
ACTION, DECISION, POINT = ItemKind.ACTION, ItemKind.DECISION, ItemKind.KEY_POINT
SAID = (
    ("Ana", "Could you book the big room, Ben?"),
    ("Ben", "Sure, happy to."),
    ("Cem", "The big room has nice windows."),
    ("Dora", "I'll order the books by Monday, and the cake comes by Friday."),
    *(("Ana", f"Here is remark number {i} on windows.") for i in range(12)),
    ("Eve", "Yes of course."),
)


def checked(item: Item, talk: Transcript, cues: Cues) -> Item:
    summary = Summary("t", Method.MODEL, Coverage(1, 1), {ACTION: (item,)})
    support = Support(cues, cues, is_same=True)
    (found,) = check_summary(summary, talk, due_reader(talk, cues), support).items[ACTION]
    return found


@pytest.mark.parametrize(
    ("evidence", "quote", "owner", "becomes"),
    [
        (("m0", "m1"), "book the big room", "Ben", "Ben"),
        (("m0", "m2"), "book the big room", "Cem", "Ben"),  # wrote near it, and agreed to nothing
        (("m0", "m16"), "book the big room", "Eve", "Ben"),  # agreed, but to something far away
        (("m2", "m1"), "big room has nice", "Ben", None),  # agreed, but nothing was asked
        (("m3",), "order the books", "Ana", "Dora"),
        (("m3", "m2"), "order the books", "Cem", "Dora"),
        (("m3",), "order the books", None, "Dora"),
        (("m2",), "big room has nice", "Ben", None),
    ],
)
def test_who_promised_is_who_said_so(
    transcript: MakeTranscript,
    english: Cues,
    evidence: tuple[str, ...],
    quote: str,
    owner: str | None,
    becomes: str | None,
) -> None:
    item = Item("The big room, the books.", evidence, quote, owner)
    assert checked(item, transcript(*SAID), english).owner == becomes


@pytest.mark.parametrize(
    ("due", "becomes"),
    [
        (date(2024, 5, 13), date(2024, 5, 13)),
        (date(2024, 5, 10), date(2024, 5, 10)),  # the second day that the message names
        (date(2024, 5, 11), None),  # neither, and code can't tell which was meant
        (None, None),
    ],
)
def test_a_day_is_one_that_the_message_names(
    transcript: MakeTranscript, english: Cues, due: date | None, becomes: date | None
) -> None:
    item = Item("The books, the cake.", ("m3",), "order the books", "Dora", due)
    assert checked(item, transcript(*SAID), english).due == becomes


DECLINED = (
    ("Ana", "Could you book the big room, Ben?"),
    ("Ben", "{}"),
    ("Ana", "The windows of the room are nice."),
)


@pytest.mark.parametrize(
    ("said", "is_owner"),
    [
        ("Sure, no problem!", True),
        ("Yes, I don’t mind.", True),
        ("I will not be there.", False),
        ("ok but not me", False),
        ("Okay, I won't.", False),
        ("I am not sure", False),
        ("Sure, maybe.", False),
        ("The room is big.", False),
    ],
)
@pytest.mark.parametrize("evidence", [("m0", "m1"), ("m0",), ("m0", "m2")])
def test_who_was_asked_and_answered_must_have_said_yes(
    transcript: MakeTranscript,
    english: Cues,
    said: str,
    is_owner: bool,
    evidence: tuple[str, ...],
) -> None:
    talk = transcript(*((who, text.format(said)) for who, text in DECLINED))
    item = Item("Ben books the big room.", evidence, "book the big room", "Ben")
    assert checked(item, talk, english).owner == ("Ben" if is_owner else None)


@pytest.mark.parametrize(
    ("said", "is_owner"),
    [
        ("Ja, gerne, kein Problem.", True),
        ("Ja, nein, das mache ich nicht.", False),
        ("Das mache ich nicht.", False),
        ("Ja, vielleicht.", False),
        ("Nein.", False),
    ],
)
def test_a_no_is_one_in_german_too(
    transcript: MakeTranscript, german: Cues, said: str, is_owner: bool
) -> None:
    talk = transcript(("Ana", "Ben, kannst du den Raum buchen?"), ("Ben", said), language="de")
    for evidence in (("m0", "m1"), ("m0",)):
        item = Item("Ben bucht den Raum.", evidence, "den Raum buchen", "Ben")
        assert checked(item, talk, german).owner == ("Ben" if is_owner else None)


OPEN = (
    ("Ana", "We could meet in the library instead."),
    ("Ben", "The library has nice windows."),
    ("Cem", "I might bring a cake by Friday."),
    ("Dora", "We could read the second book by Hesse."),
    ("Eve", "Sounds good!"),
    ("Ben", "I will not be there on Friday."),
    ("Ana", "We agreed on tea. It is the green one."),
    ("Cem", "I'll print the plan, not the map."),
    ("Dora", "Shall we read the third book as well?"),
    ("Eve", "Yes."),
    ("Cem", "I'll bring the second book."),
)


@pytest.mark.parametrize(
    ("kind", "evidence", "quote", "becomes"),
    [
        (DECISION, ("m0",), "meet in the library instead", POINT),
        (DECISION, ("m0", "m1"), "meet in the library instead", POINT),
        (ACTION, ("m0",), "meet in the library instead", POINT),
        (ACTION, ("m2",), "bring a cake by Friday", POINT),
        (ACTION, ("m5",), "I will not be there", POINT),
        (ACTION, ("m7",), "print the plan", ACTION),
        (DECISION, ("m3", "m4"), "read the second book", DECISION),
        (ACTION, ("m3", "m4"), "read the second book", ACTION),
        (DECISION, ("m3",), "read the second book", POINT),
        (DECISION, ("m3", "m5"), "read the second book", POINT),
        (DECISION, ("m3", "m7"), "read the second book", POINT),
        (DECISION, ("m3", "m10"), "read the second book", POINT),
        (DECISION, ("m8", "m9"), "read the third book", DECISION),
        (DECISION, ("m6",), "It is the green one", DECISION),
        (DECISION, ("m4",), "Sounds good", DECISION),
    ],
)
def test_what_nobody_settled_or_promised_is_a_key_point(
    transcript: MakeTranscript,
    english: Cues,
    kind: ItemKind,
    evidence: tuple[str, ...],
    quote: str,
    becomes: ItemKind,
) -> None:
    text = "It sounds like a good plan: the library, a cake, Friday, the second book, green tea."
    item = Item(text, evidence, quote, "Cem", date(2024, 5, 10))
    draft = Summary("t", Method.MODEL, Coverage(1, 1), {kind: (item,)})
    talk = transcript(*OPEN)
    support = Support(english, english, is_same=True)
    found = check_summary(draft, talk, due_reader(talk, english), support)
    assert found.dropped == 0
    ((line,),) = (items for items in found.items.values() if items)
    assert found.items[becomes] == (line,)
    if becomes is POINT:
        assert (line.owner, line.due) == (None, None)
        assert line.text == dict(enumerate(text for _, text in OPEN))[int(evidence[0][1:])]


def test_without_cues_a_decision_is_believed(transcript: MakeTranscript) -> None:
    none = read_cues({})
    item = Item("On se voit mardi.", ("m0",), "on se voit mardi")
    draft = Summary("t", Method.MODEL, Coverage(1, 1), {DECISION: (item,)})
    support = Support(none, none, is_same=True)
    talk = transcript(("Ana", "Alors on se voit mardi."), language="fr")
    doubtful = replace(item, doubt="doubt.reworded")
    assert check_summary(draft, talk, None, support).items[DECISION] == (doubtful,)


def test_a_model_cites_together_what_stands_together(
    transcript: MakeTranscript, english: Cues
) -> None:
    item = Item("The big room.", ("m0", "m1", "m16"), "book the big room")
    assert checked(item, transcript(*SAID), english).evidence == ("m0", "m1")


@pytest.mark.parametrize(
    ("said", "quote", "owner", "becomes"),
    [
        ((("Ana", "Ben said he would bring the cake."),), "bring the cake", "Ben", None),
        ((("Ana", 'Ben wrote "I will bring the cake".'),), "I will bring the cake", "Ana", None),
        ((("Ana", "We will bring the cake."),), "bring the cake", "we", None),
        ((("Ana", "We will bring the cake."),), "bring the cake", "Ana", None),
        (
            (("Ana", "@Ben can you bring the cake?"), ("Ben", "Sure!")),
            "bring the cake",
            "Ana",
            "Ben",
        ),
        (
            (("Ana", "Ben, can you bring the cake?"), ("Cem", "Sure!")),
            "bring the cake",
            "Ben",
            None,
        ),
        (
            (("Ana", "Ben, can you bring the cake?"), ("Cem", "Sure!")),
            "bring the cake",
            "Cem",
            None,
        ),
        (
            (
                ("Ana", "Ben, can you bring it?"),
                ("Ben Ode", "Yes."),
                ("Ben Ray", "The cake is nice."),
            ),
            "can you bring it",
            "Ben",
            "Ben Ode",
        ),
        (
            (("Ana", "Ben, can you bring it?"), ("Ben Ode", "Yes."), ("Ben Ray", "Sure!")),
            "can you bring it",
            None,
            None,
        ),
        ((("Ana", "Zoe brings the cake."),), "brings the cake", "Zoe", None),
    ],
)
def test_who_is_in_doubt_owns_nothing(
    transcript: MakeTranscript,
    english: Cues,
    said: tuple[tuple[str, str], ...],
    quote: str,
    owner: str | None,
    becomes: str | None,
) -> None:
    item = Item(said[0][1], tuple(f"m{n}" for n in range(len(said))), quote, owner)
    summary = Summary("t", Method.MODEL, Coverage(1, 1), {ACTION: (item,)})
    support = Support(english, english, is_same=True)
    found = check_summary(summary, transcript(*said), None, support)
    assert [each.owner for each in found.items[ACTION]] in ([becomes], [])
    assert becomes is None or found.items[ACTION]


def test_a_day_is_that_of_whoever_named_it(transcript: MakeTranscript, english: Cues) -> None:
    talk = transcript(("Ana", "I will print the plan by tomorrow."))
    late = datetime(2024, 5, 8, 23, 30, tzinfo=UTC)
    for zone, day in (("Asia/Tokyo", 10), ("America/Lima", 9), (None, 9)):
        said = replace(talk.utterances[0], at=late, zone=zone)
        item = Item("Ana prints the plan.", ("m0",), "print the plan", "Ana", date(2031, 1, 1))
        found = checked(item, replace(talk, utterances=(said,)), english)
        assert (found.owner, found.due) == ("Ana", date(2024, 5, day))
