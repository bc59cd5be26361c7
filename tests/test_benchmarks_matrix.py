import pytest

from benchmarks import matrix_answers, matrix_dispatch, matrix_kills

SAID = {"$1": "one", "$2": "two", "$3": "search three"}
KEPT = [("$1", "one"), ("$2", "two"), ("$3", "search three")]


def told(kept: list[tuple[str, str]], answered: tuple[str, ...] = ("$3",)) -> matrix_kills.Outcome:
    return matrix_kills.outcome(SAID, [["$1", "$3"], ["$2"]], kept, ["$3"], answered)


def test_what_is_there_once_and_in_order_is_right() -> None:
    assert told(KEPT).is_right
    assert told([KEPT[1], KEPT[0], KEPT[2]]).is_right, "rooms do not wait for each other"


@pytest.mark.parametrize(
    ("kept", "answered", "what"),
    [
        (KEPT[1:], ("$3",), "lost"),
        ([*KEPT, ("$4", "two")], ("$3",), "doubled"),
        ([KEPT[2], KEPT[0], KEPT[1]], ("$3",), "disordered"),
        (KEPT, (), "unanswered"),
        (KEPT, ("$3", "$3"), "answered_twice"),
    ],
)
def test_what_went_wrong_is_counted(
    kept: list[tuple[str, str]], answered: tuple[str, ...], what: str
) -> None:
    got = told(kept, answered)
    assert getattr(got, what) == 1
    assert not got.is_right


def test_an_answer_is_slow_beside_the_bare_bot(capsys: pytest.CaptureFixture[str]) -> None:
    assert matrix_answers.report([1.0, 0.1, 0.1], [0.15, 0.15, 9.0]) == 0
    assert matrix_answers.report([0.1], [0.16]) == 1
    assert "1.60 x the bare bot" in capsys.readouterr().out


async def test_chatter_is_measured_through_the_whole_adapter(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(matrix_dispatch, "ROUNDS", 1)
    monkeypatch.setattr(matrix_dispatch, "BAR_US", 1e9)
    assert await matrix_dispatch.run() == 0
    assert "us beyond parsing" in capsys.readouterr().out
