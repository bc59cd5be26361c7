"""What groups say, side by side: never an agreement that is none."""

import pytest

from learncomm_agent.sessions.methods.side_by_side import Point, Views, checked, laid_out
from learncomm_agent.words import Words
from learncomm_agent.writers import book_of

BOOK = book_of(Words())


def views(*groups: tuple[str, ...], questions: tuple[str, ...] = (), language: str = "en") -> Views:
    lines = [(number, text) for number, texts in enumerate(groups, 1) for text in texts]
    points = [Point(id, number, text) for id, (number, text) in enumerate(lines, 1)]
    return laid_out(points, questions, BOOK.cues("home", language))


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "Every newcomer needs a buddy.", "We want a buddy for each newcomer."),
        ("en", "The welcome message is too long.", "A shorter welcome message, it is too long."),
        ("de", "Jeder Neuling braucht eine Patin.", "Eine Patin für jeden Neuling wäre gut."),
    ],
)
def test_what_two_groups_say_they_share(language: str, one: str, other: str) -> None:
    found = views((one, "Cats are nice."), (other,), language=language)
    assert [[each.text for each in some] for some in found.agree] == [[one, other]]
    assert found.differ == ()


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        (
            "en",
            "Newcomers should introduce themselves.",
            "Newcomers should not introduce themselves.",
        ),
        ("en", "The meeting budget is 500 euros.", "The meeting budget is 800 euros."),
        ("en", "Weekly meetings make the team faster.", "Weekly meetings make the team slower."),
        ("de", "Die Treffen am Abend sind besser.", "Die Treffen am Abend sind schlechter."),
    ],
)
def test_what_is_turned_round_is_no_agreement(language: str, one: str, other: str) -> None:
    found = views((one,), (other,), language=language)
    assert found.agree == ()
    assert [tuple(each.text for each in some) for some in found.differ] == [(one, other)]


@pytest.mark.parametrize(
    "groups",
    [
        (("The budget is too small.",), ("The garden is lovely.",)),
        (("A buddy for each newcomer.", "Each newcomer needs a buddy."), ("Nothing else.",)),
        (("",), ("...",)),
        (),
    ],
)
def test_one_group_alone_shares_nothing(groups: tuple[tuple[str, ...], ...]) -> None:
    found = views(*groups)
    assert (found.agree, found.differ) == ((), ())


def test_most_groups_come_first_and_missed_is_what_nobody_names() -> None:
    found = views(
        ("Shorter forms would help newcomers.", "Every newcomer needs a buddy."),
        ("Each newcomer wants a buddy.", "Shorter forms help newcomers."),
        ("A buddy for a newcomer.",),
        questions=("What helps newcomers?", "Who pays for translations?", "And now?"),
    )
    assert [len(some) for some in found.agree] == [3, 2]
    assert found.missed == (1,)


def test_a_thousand_points_are_laid_out_at_once() -> None:
    many = tuple(f"Point {n} on matter {n % 7} and topic {n % 11}." for n in range(150))
    assert views(many, many).agree


LINES = (
    (1, "Every newcomer needs a buddy."),
    (2, "A buddy is what newcomers lack."),
    (2, "Newcomers do not need a buddy."),
    (3, "The garden is lovely in spring."),
    (3, "Shy people like newcomers who write first."),
)
ASKED = ("What helps newcomers?", "Who pays for translations?")


@pytest.mark.parametrize(
    ("agree", "differ", "missed", "expected"),
    [
        ([[1, 2]], [[1, 3]], [2], ([[1, 2]], [[1, 3]], [1])),
        ([[1, 4]], [[1, 4]], [1], ([], [], [])),  # nothing in common; and it was talked about
        ([[1, 3]], [], [], ([], [], [])),  # it is turned round
        ([[2, 3], [2]], [[2, 3]], [], ([], [], [])),  # one group alone
        ([[1, 1], [0, -1], [99, 1], []], [[1], [1, 99], [1, 2, 5]], [0, 7, -1], ([], [], [])),
        ([[1, 2], [2, 5]], [[1, 3], [1, 3]], [2, 2], ([[1, 2]], [[1, 3]], [1])),  # once is enough
    ],
)
def test_a_comparison_is_believed_as_far_as_words_bear_it_out(
    agree: list[list[int]], differ: list[list[int]], missed: list[int], expected: object
) -> None:
    points = [Point(id, group, text) for id, (group, text) in enumerate(LINES, 1)]
    found = checked(agree, differ, missed, points, ASKED, BOOK.cues("home", "en"))
    told = (
        [[each.id for each in some] for some in found.agree],
        [[each.id for each in some] for some in found.differ],
        list(found.missed),
    )
    assert told == expected
