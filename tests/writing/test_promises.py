"""Who promised something and by when is computed from the messages, whatever a model says."""

from collections.abc import Callable
from datetime import date

import pytest

from learncomm_agent.writing.cues import Cues
from learncomm_agent.writing.evidence import check_summary
from learncomm_agent.writing.extractive_summary import due_reader
from learncomm_agent.writing.items import Coverage, Item, ItemKind, Method, Summary, Transcript
from learncomm_agent.writing.support import Support

MakeTranscript = Callable[..., Transcript]
ACTION = ItemKind.ACTION
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
        (("m0", "m2"), "book the big room", "Cem", None),  # wrote near it, and agreed to nothing
        (("m0", "m16"), "book the big room", "Eve", None),  # agreed, but to something far away
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


def test_a_model_cites_together_what_stands_together(
    transcript: MakeTranscript, english: Cues
) -> None:
    item = Item("The big room.", ("m0", "m1", "m16"), "book the big room")
    assert checked(item, transcript(*SAID), english).evidence == ("m0", "m1")
