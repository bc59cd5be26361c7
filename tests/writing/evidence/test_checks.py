from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from learncomm_agent.library.resources import Passage
from learncomm_agent.writing.evidence.checks import (
    MOST_LINES,
    check_answer,
    check_questions,
)
from learncomm_agent.writing.evidence.summary_checks import check_summary
from learncomm_agent.writing.evidence.support import Support
from learncomm_agent.writing.items import (
    Answer,
    Claim,
    Coverage,
    Item,
    ItemKind,
    Method,
    Question,
    Summary,
    Transcript,
)
from learncomm_agent.writing.language.cues import Cues
from learncomm_agent.writing.language.deadlines import due_reader

MakePassage = Callable[..., Passage]
MakeTranscript = Callable[..., Transcript]

ACTION, DECISION = ItemKind.ACTION, ItemKind.DECISION


def drafted(kind: ItemKind, *items: Item, dropped: int = 0) -> Summary:
    return Summary("t", Method.MODEL, Coverage(4, 4), {kind: items}, dropped=dropped)


def talk(transcript: MakeTranscript) -> Transcript:
    return transcript(
        ("Ana", "Shall we meet on Tuesdays from now on?"),
        ("Ben", "Agreed, Tuesdays are good for me."),
        ("Cem", "I will print the handouts by Friday."),
        ("Ana", "Thanks Cem, see https://example.org/plan for the plan."),
    )


def test_a_line_that_holds_stays_as_it_is(transcript: MakeTranscript) -> None:
    item = Item("Tuesdays it is", ("m1", "m0"), "Tuesdays are good for me")
    checked = check_summary(drafted(DECISION, item), talk(transcript))
    assert checked.items[DECISION] == (item,)
    assert checked.dropped == 0
    assert set(checked.items) == set(ItemKind)


def test_a_wrong_id_is_repaired_by_the_quote(transcript: MakeTranscript) -> None:
    item = Item("Cem prints", ("m0",), "print the handouts by Friday")
    checked = check_summary(drafted(DECISION, item), talk(transcript))
    assert checked.items[DECISION][0].evidence == ("m2",)


def test_ids_in_the_wrong_order_are_put_right(transcript: MakeTranscript) -> None:
    item = Item("Tuesdays", ("m0", "m1"), "Tuesdays are good for me")
    checked = check_summary(drafted(DECISION, item), talk(transcript))
    assert checked.items[DECISION][0].evidence == ("m1", "m0")


def test_invented_empty_and_tiny_moved_quotes_are_dropped_and_counted(
    transcript: MakeTranscript,
) -> None:
    items = (
        Item("Invented", ("m0",), "we decided to disband"),
        Item("Empty", ("m0",), "  "),
        Item("Emoji", ("m0",), "🎉"),
        Item("Tiny", ("m0",), "Friday"),
        Item("", ("m2",), "I will print the handouts"),
        Item("Unknown ids and invented", ("x", "y"), "never said by anybody"),
    )
    checked = check_summary(drafted(DECISION, *items, dropped=1), talk(transcript))
    assert checked.items[DECISION] == ()
    assert checked.dropped == 1 + len(items)


def test_unknown_ids_are_removed_and_three_are_the_most(transcript: MakeTranscript) -> None:
    item = Item("Print", ("m2", "nope", "m0", "m1", "m3"), "I will print the handouts")
    checked = check_summary(drafted(DECISION, item), talk(transcript))
    assert checked.items[DECISION][0].evidence == ("m2", "m0", "m1")


def test_a_line_said_again_is_dropped(transcript: MakeTranscript) -> None:
    item = Item("Cem prints.", ("m2",), "I will print the handouts")
    again = replace(item, text="cem  prints")
    same_quote = replace(item, text="The handouts get printed")
    checked = check_summary(drafted(DECISION, item, again, same_quote), talk(transcript))
    assert checked.items[DECISION] == (item,)
    assert checked.dropped == 2


def test_an_endless_list_ends(transcript: MakeTranscript) -> None:
    said = [("Ana", f"Point number {i} is about topic {i}.") for i in range(200)]
    items = tuple(Item(f"Line {i}", (f"m{i}",), f"about topic {i}") for i in range(200))
    checked = check_summary(drafted(DECISION, *items), transcript(*said))
    assert len(checked.items[DECISION]) == MOST_LINES
    assert checked.dropped == 200 - MOST_LINES


def test_an_owner_wrote_the_evidence_or_is_named_in_it(transcript: MakeTranscript) -> None:
    item = Item("Print", ("m2",), "I will print the handouts", owner="cem")
    thanked = Item("Plan", ("m3",), "see https://example.org/plan for the plan", owner="Cem")
    swapped = Item("Prints", ("m2",), "print the handouts by Friday", owner="Ben")
    stranger = Item("Printing", ("m2",), "handouts by Friday", owner="Zoe")
    checked = check_summary(drafted(ACTION, item, thanked, swapped, stranger), talk(transcript))
    assert [each.owner for each in checked.items[ACTION]] == ["Cem", "Cem", None, None]


def test_owner_and_date_belong_to_action_items_alone(transcript: MakeTranscript) -> None:
    item = Item("P", ("m2",), "I will print the handouts", owner="Cem", due=date(2024, 5, 10))
    checked = check_summary(drafted(DECISION, item), talk(transcript))
    assert (checked.items[DECISION][0].owner, checked.items[DECISION][0].due) == (None, None)


def test_a_date_is_computed_again_from_the_words(transcript: MakeTranscript, english: Cues) -> None:
    conversation = talk(transcript)
    right = Item("Print", ("m2",), "I will print the handouts", due=date(2024, 5, 10))
    wrong = replace(right, text="Prints", quote="print the handouts", due=date(2031, 1, 1))
    baseless = Item("Plan", ("m3",), "see https://example.org/plan", due=date(2024, 5, 10))
    draft = drafted(ACTION, right, wrong, baseless)
    checked = check_summary(draft, conversation, due_reader(conversation, english))
    dates = [each.due for each in checked.items[ACTION]]
    assert dates == [date(2024, 5, 10), date(2024, 5, 10), None]


def test_without_a_reader_only_dates_that_code_computed_stand(transcript: MakeTranscript) -> None:
    item = Item("Print", ("m2",), "I will print the handouts", due=date(2024, 5, 10))
    draft = drafted(ACTION, item)
    assert check_summary(draft, talk(transcript)).items[ACTION][0].due is None
    computed = replace(draft, method=Method.EXTRACTED)
    assert check_summary(computed, talk(transcript)).items[ACTION][0].due == date(2024, 5, 10)


def test_links_that_nobody_mentioned_fall_away(transcript: MakeTranscript) -> None:
    draft = replace(
        drafted(DECISION), resources=("https://evil.example/x", "https://example.org/plan")
    )
    assert check_summary(draft, talk(transcript)).resources == ("https://example.org/plan",)


def test_a_summary_of_nothing_is_checked(transcript: MakeTranscript) -> None:
    item = Item("Anything", ("m0",), "some words of a quote")
    checked = check_summary(drafted(DECISION, item), transcript())
    assert checked.dropped == 1


def test_a_claim_moves_to_the_passage_that_holds_it(passage: MakePassage) -> None:
    right = passage("Guests like to be greeted at the door.")
    wrong = passage("Chairs stand in a circle.", source="chairs.md")
    claims = (
        Claim("Greet guests", (wrong,), "Guests like to be greeted"),
        Claim("Invented", (right,), "Guests hate to be greeted"),
        Claim("Greet guests!", (right,), "greeted at the door"),
    )
    checked = check_answer(Answer("q", Method.MODEL, claims), (right, wrong))
    assert [each.citations for each in checked.claims] == [(right, wrong)]
    assert checked.dropped == 2


def test_a_claim_may_not_cite_what_was_not_found(passage: MakePassage) -> None:
    secret = passage("The key lies under the mat.", source="secret.md")
    claims = (Claim("Key", (secret,), "The key lies under the mat"),)
    checked = check_answer(Answer("q", Method.MODEL, claims), (passage("Nothing here."),))
    assert not checked.is_found


def test_questions_are_new_and_cite_what_is_there(passage: MakePassage) -> None:
    here = passage("Silence gives people time to think.")
    other = passage("Tea helps.", source="tea.md")
    draft = (
        Question("Why is silence useful?", "understand", other, "Silence gives people time"),
        Question("why is silence useful", "understand", here, "Silence gives people time"),
        Question("What about tea?", "recall", other, "Coffee helps"),
        Question("Asked before?", "recall", here, "Silence gives people time"),
        Question(" ", "recall", here, "Silence gives people time"),
    )
    checked = check_questions(draft, (here, other), frozenset({"asked BEFORE"}))
    assert [(each.text, each.evidence) for each in checked] == [("Why is silence useful?", here)]


def test_a_further_citation_has_to_do_with_the_claim(passage: MakePassage, english: Cues) -> None:
    first = passage("Guests like to be greeted at the door.")
    near = passage("At the door stands a host.", source="host.md")
    chairs = passage("There are 12 chairs in the circle.", source="chairs.md")
    claims = (
        Claim("Greet guests at the door.", (first, near, chairs), "Guests like to be greeted"),
        Claim("Greet all 12 guests.", (first, chairs), "like to be greeted at the door"),
    )
    support = Support(english, english, is_same=True)
    checked = check_answer(
        Answer("q", Method.MODEL, claims), (first, near, chairs), lambda _: support
    )
    greeted, counted = checked.claims
    assert greeted == replace(claims[0], citations=(first, near))
    assert counted.citations == (first, chairs), "the number stands there"
    (alone,) = check_answer(
        Answer("q", Method.MODEL, (replace(claims[1], text="Greet all 13 guests."),)),
        (first, chairs),
        lambda _: support,
    ).claims
    assert alone.citations == (first,)
    assert alone.text == first.text


def test_a_further_message_has_to_do_with_the_line(
    transcript: MakeTranscript, english: Cues
) -> None:
    said = transcript(
        ("Ana", "Shall we meet on Tuesdays from now on?"),
        ("Ben", "Agreed."),
        ("Cem", "My cat has 7 kittens."),
        ("Dora", "Tuesdays are what the library likes best."),
    )
    text = "Ana asks to meet on Tuesdays."
    item = Item(text, ("m0", "m2", "m3", "m1"), "meet on Tuesdays from now on")
    counted = replace(item, text="Ana asks for 7 Tuesdays.", quote="Shall we meet on Tuesdays")
    support = Support(english, english, is_same=True)
    draft = drafted(ItemKind.KEY_POINT, item, counted)
    decided = {**draft.items, DECISION: (replace(item, text="Tuesdays it is."),)}
    checked = check_summary(replace(draft, items=decided), said, None, support)
    first, second = checked.items[ItemKind.KEY_POINT]
    assert first.evidence == ("m0", "m3"), "a yes is no evidence for what was said"
    assert second.evidence == ("m0", "m2", "m3")
    assert checked.items[DECISION][0].evidence == ("m0", "m3", "m1"), "of a decision it is"
    assert checked.dropped == 0


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("Where would silence help you?", True),
        ("What are 5 reasons for silence?", True),
        ("What do you think of silent groups?", True),
        ("Why is silence good for 80 percent of people?", False),
        ("What would Dora say of silence?", False),
        ("What would Ben say of silence?", True),
        ("Does the mayor know of the fire?", False),
        ("What is silence, see evil.example?", False),
    ],
)
def test_a_model_s_question_brings_nothing_in(
    passage: MakePassage, english: Cues, text: str, is_kept: bool
) -> None:
    here = passage("There are 5 ways in which silence gives people time.", shared_by="Ben Ode")
    draft = [Question(text, "apply", here, "silence gives people time")]
    support = Support(english, english, is_same=True)
    people = ["Dora Lind", "ben", "think"]
    checked = check_questions(draft, [here], frozenset(), lambda _: support, people)
    assert bool(checked) == is_kept


def test_a_huge_message_is_searched(transcript: MakeTranscript) -> None:
    text = "word " * 20_000 + "and the needle in it"
    item = Item("Needle", ("m0",), "The Needle  in it")
    conversation = transcript(("Ana", text))
    assert check_summary(drafted(DECISION, item), conversation).dropped == 0
