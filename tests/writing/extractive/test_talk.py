"""Kinds of talk that differ: chats of many at once, votes, two people, hosts, and what is hidden in much."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from learncomm_agent.writing.evidence.summary_checks import check_summary
from learncomm_agent.writing.extractive.reception import Reception
from learncomm_agent.writing.extractive.relevance import Relevance
from learncomm_agent.writing.extractive.summary import summarise
from learncomm_agent.writing.items import ItemKind, Summary, Transcript, Utterance
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.deadlines import due_reader
from learncomm_agent.writing.language.dialogue import Dialogue

MakeTranscript = Callable[..., Transcript]
BEGIN = datetime(2024, 5, 8, 15, tzinfo=UTC)


def texts(summary: Summary, kind: ItemKind) -> list[str]:
    return [item.text for item in summary.items[kind]]


def test_in_a_chat_of_many_an_answer_names_whom_it_answers(
    transcript: MakeTranscript, english: Cues
) -> None:
    talk = transcript(
        ("rolf", "how do I mount the second disk of the old library server?"),
        ("ines", "does anyone know who keeps the keys of the small archive?"),
        ("petra", "tom: the printer driver is in the shared folder of the office"),
        ("tom", "petra: found it, the printer works again, many thanks"),
        ("omar", "rolf: add it to fstab with its uuid and reboot the machine"),
        ("tom", "by the way the coffee machine of the upper floor leaks again"),
    )
    assert texts(summarise(talk, english), ItemKind.OPEN_QUESTION) == [
        "Does anyone know who keeps the keys of the small archive?"
    ]


def test_between_two_people_what_follows_a_question_answers_it(
    transcript: MakeTranscript, english: Cues
) -> None:
    talk = transcript(
        ("Ana", "When does the pottery evening in the yellow mill of Anders begin?"),
        ("Ben", "Next Tuesday at seven, bring an apron."),
        ("Ana", "And who pays for the clay that we will use there?"),
        ("Ben", "I don't know, we'd have to ask."),
    )
    found = summarise(talk, english).items[ItemKind.OPEN_QUESTION]
    assert [item.evidence for item in found] == [("m2", "m3")]


def test_a_show_of_hands_decides_and_cites_the_first_and_the_last(
    transcript: MakeTranscript, english: Cues
) -> None:
    talk = transcript(
        ("Ana", "The old room has no heating and smells of paint."),
        ("Ben", "I propose that the circle moves to the room above the bakery."),
        ("Cem", "+1"),
        ("Dana", "+1"),
        ("Ana", "nice smell there too"),
        ("Emre", "agreed"),
        ("Ana", "+1"),
    )
    (item,) = summarise(talk, english).items[ItemKind.DECISION]
    assert item.evidence == ("m1", "m2", "m6")


def test_two_yeses_are_no_vote(transcript: MakeTranscript, english: Cues) -> None:
    talk = transcript(
        ("Ana", "Is the poppy seed cake of the bakery good on Thursdays?"),
        ("Cem", "+1"),
        ("Dana", "+1"),
    )
    assert not summarise(talk, english).items[ItemKind.DECISION]


@pytest.mark.parametrize(
    "text",
    [
        "I decided to buy a bicycle.",
        "If we decided to move, the rent would double.",
        "We haven't decided where to meet in winter.",
    ],
)
def test_what_no_group_settled_is_no_decision(
    transcript: MakeTranscript, english: Cues, text: str
) -> None:
    assert not summarise(transcript(("Ana", text)), english).items[ItemKind.DECISION]


def test_an_offer_is_a_promise_once_it_names_a_day(
    transcript: MakeTranscript, english: Cues
) -> None:
    talk = transcript(
        ("Ana", "I can prepare the tasting notes for the cheese evening by Thursday."),
        ("Ben", "I can prepare the best onion soup of the whole valley."),
    )
    (item,) = summarise(talk, english).items[ItemKind.ACTION]
    assert (item.owner, item.due) == ("Ana", datetime(2024, 5, 9, tzinfo=UTC).date())


def test_links_and_code_are_no_key_points(transcript: MakeTranscript, english: Cues) -> None:
    talk = transcript(
        ("Ana", "https://example.org/a/very/long/address/of/the/second/chapter.html"),
        ("Ben", "const river = map((x) => { return x.depth * 2; }); // river.depth[0] || map[1]"),
        ("Cem", "The second chapter explains how the children measured the depth of the river."),
        ("Ana", "https://example.org/another/address/of/the/third/chapter/about/rivers"),
    )
    summary = summarise(talk, english)
    assert texts(summary, ItemKind.OVERVIEW)[0].startswith("The second chapter")
    said = [text for kind in ItemKind for text in texts(summary, kind)]
    assert not any("://" in text for text in said)
    assert len(summary.resources) == 2


CHATTER = (
    "The soup in the canteen was too salty again today.",
    "My train stood still for an hour near the bridge.",
    "The new lamp in the hall hums when it rains.",
    "Somebody left a green umbrella next to the shelf.",
    "The cat of the neighbours slept on the piano.",
    "The window on the left does not close well.",
)


def many(count: int, *said: tuple[int, str, str], host: str = "") -> Transcript:
    own = {place: (speaker, text) for place, speaker, text in said}
    utterances = []
    for i in range(count):
        speaker, text = own.get(i, (f"Guest{i % 9}", f"{CHATTER[i * 7 % 6]} {i % 97}"))
        at = BEGIN + timedelta(seconds=40 * i)
        utterances.append(Utterance(f"m{i}", speaker, text, at, is_host=speaker == host))
    return Transcript("A long evening", tuple(utterances))


FACTS = (
    (ItemKind.DECISION, "We decided to move the spring workshop to the harbour in {}."),
    (ItemKind.ACTION, "I'll send the grant application for {} to the foundation by Friday."),
    (ItemKind.INSIGHT, "I realised that the choir of {} sings better without a conductor."),
    (ItemKind.OPEN_QUESTION, "Does anyone know who keeps the projector of the club in {}?"),
)


def test_what_is_hidden_at_the_start_the_middle_and_the_end_is_found(english: Cues) -> None:
    planted = [
        (start + 5 * n, kind, text.format(town))
        for start, town in ((30, "Porto"), (1000, "Gdansk"), (1960, "Bergen"))
        for n, (kind, text) in enumerate(FACTS)
    ]
    talk = many(2000, *((place, "Mirela", text) for place, _, text in planted))
    summary = summarise(talk, english)
    for _, kind, text in planted:
        assert text in [item.quote for item in summary.items[kind]]


PLAN = "The committee of the museum wants to renovate the western gallery."


@pytest.mark.parametrize(
    "others",
    [
        [("Ana", PLAN, True)],
        [("Ana", PLAN, False), ("Ben", "Ana: since when do they have the means for that?", False)],
        [("Ana", PLAN, False), ("Ben", "Good idea.", False)],
        [("Ben", "What happens to the museum and its gallery?", False), ("Ana", PLAN, False)],
    ],
    ids=["of the host", "draws a reply", "is agreed with", "answers a question"],
)
def test_a_line_counts_by_how_it_was_taken(
    english: Cues, others: list[tuple[str, str, bool]]
) -> None:
    def weight(said: Sequence[tuple[str, str, bool]]) -> float:
        utterances = [Utterance(f"m{i}", a, b, is_host=c) for i, (a, b, c) in enumerate(said)]
        dialogue = Dialogue(utterances, english)
        (line,) = (each for each in dialogue.lines if each.sentence.quote == PLAN)
        return Reception(dialogue).weight(line)

    assert weight(others) > weight([("Ana", PLAN, False)])


def test_what_is_said_again_and_again_counts_less(english: Cues) -> None:
    dialogue = Dialogue([Utterance(f"m{i}", "Ana", PLAN) for i in range(4)], english)
    assert Reception(dialogue).weight(dialogue.lines[0]) == 0.5


THINGS = ("roof", "organ", "kiln", "loom", "forge", "barge", "press", "lathe", "anvil", "crane")
PLACES = ("museum", "chapel", "harbour", "brewery", "orchard", "theatre", "bakery")


def test_the_agenda_says_where_to_look(english: Cues) -> None:
    said = [
        f"The {thing} of the {place} needs repair before the winter storms."
        for place in PLACES
        for thing in THINGS
    ]
    talk = Transcript("Evening", tuple(Utterance(f"m{i}", "Ana", t) for i, t in enumerate(said)))

    def places(transcript: Transcript) -> set[int]:
        kinds = (ItemKind.OVERVIEW, ItemKind.KEY_POINT)
        items = [item for kind in kinds for item in summarise(transcript, english).items[kind]]
        return {int(each[1:]) for item in items for each in item.evidence}

    chosen = places(talk)
    (left_out, *_) = (i for i in range(70) if all(abs(i - each) > 3 for each in chosen))
    planned = places(replace(talk, prepared=(said[left_out],)))
    assert any(abs(left_out - each) <= 3 for each in planned)


def test_a_talk_that_ran_beside_another_has_its_say(english: Cues) -> None:
    heads = ("bar", "cor", "dul", "fen", "gom", "hul", "jor", "kel", "lom", "mar")
    words = [head + tail for head in heads for tail in ("tin", "vok", "zem", "sar", "pol", "rug")]

    def line(number: int, length: int) -> str:
        said = " ".join(words[(11 * number + 7 * k) % 60] for k in range(length))
        return f"{said.capitalize()}."

    said = [
        Utterance(f"a{i}", "AB"[i % 2], line(i, 9), reply_to=f"a{i - 1}" if i else None)
        for i in range(30)
    ]
    said[10:10] = [Utterance("b0", "C", line(41, 7)), Utterance("b1", "D", "Yes.", reply_to="b0")]
    summary = summarise(Transcript("Evening", tuple(said)), english)
    kinds = (ItemKind.OVERVIEW, ItemKind.KEY_POINT)
    cited = [each for kind in kinds for item in summary.items[kind] for each in item.evidence]
    assert "b0" in cited
    assert len(cited) >= 5


def test_a_question_finds_its_places_apart_from_each_other(english: Cues) -> None:
    talk = many(
        200,
        (40, "Ana", "The roof of the museum lost three tiles in the storm."),
        (41, "Ben", "New tiles for the museum come from the same kiln."),
        (160, "Cem", "The insurance pays for the museum and its tiles."),
    )
    relevance = Relevance(Dialogue(talk.utterances, english))
    places = relevance.places("What was said about the tiles of the museum?", 2)
    assert {min(abs(place - at) for at in (40, 160)) <= 1 for place in places} == {True}
    assert relevance.places("zeppelin", 5) == []
    assert relevance.places("", 5) == []


def holds(summary: Summary, talk: Transcript, cues: Cues) -> bool:
    return check_summary(summary, talk, due_reader(talk, cues)) == summary


HOSTILE: dict[str, Sequence[Utterance]] = {
    "one line of two megabytes": (Utterance("a", "Ana", "word " * 400_000),),
    "one word of two megabytes": (Utterance("a", "Ana", "w" * 2_000_000),),
    "two megabytes without a space in Japanese": (
        Utterance("a", "Ana", "会議を決めました" * 20_000),
    ),
    "the same line again and again": [
        Utterance(f"m{i}", "Ana", "We meet at the mill.") for i in range(5000)
    ],
    "only emoji": [Utterance(f"m{i}", "Ana", "🎉👍🏽") for i in range(60)],
    "only links": [Utterance(f"m{i}", "Ana", f"https://example.org/{i}") for i in range(60)],
    "right to left": [
        Utterance(f"m{i}", "نور", f"قررنا أن نلتقي في المكتبة يوم {i}") for i in range(60)
    ],
    "half characters": [
        Utterance(f"m{i}", "\ud83d", f"we decided \ud83d to go {i}") for i in range(60)
    ],
    "commas and colons": [Utterance(f"m{i}", ":", "@ : , @@ a: @a, ::") for i in range(60)],
    "no names": [Utterance(f"m{i}", "", "Could you send the map, please?") for i in range(60)],
}


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE)
def test_hostile_talk_gives_lines_that_hold_or_says_why_not(
    said: Sequence[Utterance], english: Cues
) -> None:
    talk = Transcript("Evening", tuple(said))
    summary = summarise(talk, english)
    assert holds(summary, talk, english)
    lines = [item for items in summary.items.values() for item in items]
    assert all(item.quote and 1 <= len(item.evidence) <= 3 for item in lines)
    if len(said) >= 50 and len(lines) < 5:
        assert summary.why_short.startswith("summary.short_")
    else:
        assert not summary.why_short


def test_why_a_long_talk_gave_little_is_told(english: Cues) -> None:
    def why(name: str) -> str:
        return summarise(Transcript("Evening", tuple(HOSTILE[name])), english).why_short

    assert why("only emoji") == "summary.short_wordless"
    assert why("the same line again and again") == "summary.short_repeated"
    assert why("only links") == "summary.short_little"


def test_ids_that_repeat_break_nothing(english: Cues) -> None:
    talk = Transcript(
        "Evening",
        tuple(
            Utterance("same", "Ana", f"We decided to meet at mill {i}.", reply_to="same")
            for i in range(60)
        ),
    )
    assert summarise(talk, english).items[ItemKind.DECISION]
