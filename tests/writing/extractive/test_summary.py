from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from learncomm_agent.writing.evidence.summary_checks import check_summary
from learncomm_agent.writing.extractive.summary import summarise
from learncomm_agent.writing.items import Item, ItemKind, Skipped, Summary, Transcript, Utterance
from learncomm_agent.writing.language.cues import Cues, read_cues
from learncomm_agent.writing.language.deadlines import due_reader

MakeTranscript = Callable[..., Transcript]

FILLING = [
    ("Ana", "The second chapter compares two schools in a small mining town."),
    ("Ben", "The author visited both schools for a year and wrote down every lesson."),
    ("Cem", "In the first school children worked in silence and copied from the board."),
    ("Ana", "In the other school they measured the river and argued about the numbers."),
]


def kinds(summary: Summary, kind: ItemKind) -> list[str]:
    return [item.text for item in summary.items[kind]]


def holds(summary: Summary, transcript: Transcript, cues: Cues) -> bool:
    """Tell whether every line stands by itself, so that the check changes nothing."""
    checked = check_summary(summary, transcript, due_reader(transcript, cues))
    return checked == summary and checked.dropped == 0


def test_a_conversation_is_sorted_into_its_kinds(transcript: MakeTranscript, english: Cues) -> None:
    talk = transcript(
        *FILLING,
        ("Ben", "I realised that the silent children knew the facts but never asked why."),
        ("Cem", "I disagree, the copying children wrote far better essays in the end."),
        ("Ana", "We decided to read the third chapter before the next meeting."),
        ("Ben", "Can you bring the map of the river, Cem?"),
        ("Cem", "Sure, no problem."),
        ("Ana", "I'll send the notes by Friday."),
        ("Ben", "How did the town pay for the second school?"),
    )
    summary = summarise(talk, english)
    assert holds(summary, talk, english)
    assert "never asked why" in kinds(summary, ItemKind.INSIGHT)[0]
    assert summary.items[ItemKind.DISAGREEMENT][0].evidence == ("m5", "m4")
    assert "third chapter" in kinds(summary, ItemKind.DECISION)[0]
    assert kinds(summary, ItemKind.OPEN_QUESTION) == ["How did the town pay for the second school?"]
    owners = {item.evidence[0]: (item.owner, item.due) for item in summary.items[ItemKind.ACTION]}
    assert owners == {"m9": ("Ana", date(2024, 5, 10)), "m7": ("Cem", None)}


def test_who_was_asked_and_agreed_owns_it_not_who_speaks_next(
    transcript: MakeTranscript, english: Cues
) -> None:
    talk = transcript(
        ("Ana", "Could you book the small room for Thursday, Ben?"),
        ("Cem", "Yes, the small room is lovely."),
        ("Ben", "Sure, will do."),
    )
    (item,) = summarise(talk, english).items[ItemKind.ACTION]
    assert (item.owner, item.evidence) == ("Ben", ("m0", "m2"))


def test_who_says_no_owns_nothing(transcript: MakeTranscript, english: Cues) -> None:
    talk = transcript(
        ("Ana", "Could you book the small room by Thursday, Ben?"),
        ("Ben", "Sorry, I am travelling."),
    )
    (item,) = summarise(talk, english).items[ItemKind.ACTION]
    assert item.owner is None
    assert item.due == date(2024, 5, 9)


def test_a_yes_to_what_nobody_was_asked_owns_nothing(
    transcript: MakeTranscript, english: Cues
) -> None:
    talk = transcript(
        ("Ana", "In such a club you should bring a cake by Friday."), ("Ben", "Yeah, I know.")
    )
    (item,) = summarise(talk, english).items[ItemKind.ACTION]
    assert (item.owner, item.due) == (None, date(2024, 5, 10))


def test_a_proposal_that_another_agrees_to_is_a_decision(
    transcript: MakeTranscript, english: Cues
) -> None:
    talk = transcript(("Ana", "Let's start with the shortest story."), ("Ben", "Sounds good!"))
    (item,) = summarise(talk, english).items[ItemKind.DECISION]
    assert item.evidence == ("m0", "m1")
    alone = transcript(("Ana", "Let's start with the shortest story."), ("Ana", "Sounds good!"))
    assert summarise(alone, english).items[ItemKind.DECISION] == ()


@pytest.mark.parametrize(
    "said",
    [
        "Right, I see how hard it is for newcomers to speak up.",
        "OK, I don't think it is fair to the quiet members.",
        "Okay, tell me what time it is in Berlin.",
    ],
)
def test_a_sentence_that_only_sounds_settled_is_no_decision(
    transcript: MakeTranscript, english: Cues, said: str
) -> None:
    assert summarise(transcript(("Ana", said)), english).items[ItemKind.DECISION] == ()


def test_settling_in_a_word_is_a_decision(transcript: MakeTranscript, english: Cues) -> None:
    talk = transcript(("Ana", "OK, chapter three it is, but only the first half."))
    assert len(summarise(talk, english).items[ItemKind.DECISION]) == 1


def test_a_reply_that_comes_late_answers_its_question(
    transcript: MakeTranscript, english: Cues
) -> None:
    talk = transcript(
        ("Ana", "Which edition of the book has the better maps?"), *[("Ana", "Hm.")] * 20
    )
    late = Utterance("z", "Ben", "The second edition has coloured maps.", reply_to="m0")
    assert kinds(summarise(talk, english), ItemKind.OPEN_QUESTION)
    answered = replace(talk, utterances=(*talk.utterances, late))
    assert not kinds(summarise(answered, english), ItemKind.OPEN_QUESTION)


def test_noise_of_speech_is_cleaned_in_the_line_and_kept_in_the_quote(
    transcript: MakeTranscript, english: Cues
) -> None:
    talk = transcript(("Ana", "Yeah , so um we decided to {disfmarker} to buy the the blue lamp ."))
    (item,) = summarise(talk, english).items[ItemKind.DECISION]
    assert item.text == "We decided to buy the blue lamp."
    assert item.quote == talk.utterances[0].text


def test_a_long_conversation_is_told_from_start_to_end(
    transcript: MakeTranscript, english: Cues
) -> None:
    def chapter(subject: str) -> list[tuple[str, str]]:
        return [
            (
                "Ana",
                f"The {subject} chapter number {i} explains why {subject} growers trade {subject}.",
            )
            for i in range(30)
        ]

    talk = transcript(*chapter("saffron"), *chapter("copper"), *chapter("walnut"))
    summary = summarise(talk, english)
    points = " ".join(kinds(summary, ItemKind.KEY_POINT) + kinds(summary, ItemKind.OVERVIEW))
    assert all(subject in points for subject in ("saffron", "copper", "walnut"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Cup {} of tea is on the table.", ""),
        ("日本の本を{}冊読みました。", ""),
        ("Tea is on the table now. {}", "summary.short_little"),
        ("ok {}", "summary.short_little"),
        ("ok", "summary.short_repeated"),
    ],
)
def test_fifty_messages_get_at_least_five_lines_or_a_reason(
    transcript: MakeTranscript, english: Cues, text: str, why: str
) -> None:
    talk = transcript(*[("Ana", text.format(i)) for i in range(60)])
    summary = summarise(talk, english)
    assert summary.why_short == why
    assert why or sum(map(len, summary.items.values())) >= 5
    assert holds(summary, talk, english)


def test_the_coverage_adds_up(transcript: MakeTranscript, english: Cues) -> None:
    skipped = (Skipped("opted_out", 4), Skipped("empty", 1))
    talk = transcript(*FILLING, ("Ben", "👍👍"), ("Cem", "   "), ("Cem", ""), skipped=skipped)
    coverage = summarise(talk, english).coverage
    assert coverage.read == 4
    assert coverage.skipped == (Skipped("opted_out", 4), Skipped("empty", 4))
    assert coverage.messages == coverage.read + 8


def test_links_are_listed_once_in_order(transcript: MakeTranscript, english: Cues) -> None:
    talk = transcript(
        ("Ana", "See https://b.example/x_(y), and [this](https://a.example/?q=1)."),
        ("Ben", "Again https://b.example/x_(y)!"),
    )
    assert summarise(talk, english).resources == (
        "https://b.example/x_(y)",
        "https://a.example/?q=1",
    )


@pytest.mark.parametrize(
    "said",
    [
        [],
        [("Ana", "Hi")],
        [("Ana", "🎉"), ("Ben", "😀😀")],
        [("Ana", "word " * 20_000)],
        [("Ana", "a" * 100_000)],
        [("Ana", "." * 50_000 + "?" * 50_000)],
        [("Ana", "yes " * 25_000 + "\n" * 1000)],
        [("דנה", "החלטנו לקרוא את הפרק השלישי לפני הפגישה הבאה."), ("أمل", "هل قرأت الكتاب كله؟")],
        [("Ana", "{disfmarker} {disfmarker}"), ("", "um"), ("Ana", "\x00\ufeff\u200b")],
    ],
)
def test_any_input_gives_a_summary_whose_lines_hold(
    transcript: MakeTranscript, english: Cues, said: list[tuple[str, str]]
) -> None:
    talk = transcript(*said)
    summary = summarise(talk, english)
    assert holds(summary, talk, english)
    assert set(summary.items) == set(ItemKind)
    assert summary.coverage.messages == len(said)
    assert all(len(item.text) <= 244 for item in every_item(summary))


def test_a_language_without_cues_still_gets_points_and_open_questions(
    transcript: MakeTranscript,
) -> None:
    talk = transcript(
        ("Ana", "Le deuxième chapitre compare deux écoles dans une petite ville minière."),
        ("Ben", "Dans la première école les enfants copiaient les phrases du tableau."),
        ("Ana", "Comment la ville a-t-elle payé la deuxième école ?"),
        language="fr",
    )
    nothing = read_cues({})
    summary = summarise(talk, nothing)
    assert holds(summary, talk, nothing)
    assert kinds(summary, ItemKind.OVERVIEW) + kinds(summary, ItemKind.KEY_POINT)
    assert kinds(summary, ItemKind.OPEN_QUESTION)
    assert summary.items[ItemKind.ACTION] == summary.items[ItemKind.DECISION] == ()


def test_german_is_understood(transcript: MakeTranscript, german: Cues) -> None:
    talk = transcript(
        ("Ana", "Das zweite Kapitel vergleicht zwei Schulen in einer kleinen Stadt."),
        ("Ben", "Mir ist klar geworden, dass die Kinder kaum Fragen stellten."),
        ("Ana", "Wir haben beschlossen, das dritte Kapitel zu lesen."),
        ("Cem", "Ich schicke die Notizen bis Freitag."),
        ("Ana", "Kannst du die Karte mitbringen, Ben?"),
        ("Ben", "Klar, mach ich."),
        ("Cem", "Das sehe ich anders, die Karte brauchen wir nicht."),
        language="de",
    )
    summary = summarise(talk, german)
    assert holds(summary, talk, german)
    assert "klar geworden" in kinds(summary, ItemKind.INSIGHT)[0]
    assert "dritte Kapitel" in kinds(summary, ItemKind.DECISION)[0]
    found = {item.owner: item.due for item in summary.items[ItemKind.ACTION]}
    assert found == {"Cem": date(2024, 5, 10), "Ben": None}
    assert summary.items[ItemKind.DISAGREEMENT]


def test_the_same_conversation_gives_the_same_summary(
    transcript: MakeTranscript, english: Cues
) -> None:
    talk = transcript(*FILLING * 10)
    assert summarise(talk, english) == summarise(talk, english)


def every_item(summary: Summary) -> list[Item]:
    return [item for items in summary.items.values() for item in items]
