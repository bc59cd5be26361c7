"""That the replay counts what it says it counts, on small talks of our own."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks import facilitation
from learncomm_agent.sessions.facilitating.moves import Decision, Kind, Move, Reason
from learncomm_agent.sessions.facilitating.remarks import Remark

START = facilitation.START
CUES = facilitation.cues_of()


def written(folder: Path, name: str, *conversations: list[dict[str, object]]) -> Path:
    path = folder / name / "conversations.jsonl"
    path.parent.mkdir(parents=True)
    rows = [{"id": f"{name}/{n}", "turns": turns} for n, turns in enumerate(conversations)]
    path.write_text("\n".join(json.dumps(each) for each in rows), encoding="utf-8")
    return folder


def turn(number: int, speaker: str | None, text: str, **more: object) -> dict[str, object]:
    return {"id": number, "speaker": speaker, "text": text, **more}


def club(minutes: float = 1, *, rest: float = 0) -> list[dict[str, object]]:
    """Forty remarks of three people who claim things, so many minutes apart, with a rest after 30."""
    claims = ("Pairs should meet more often than groups", "Groups should meet in the mornings then")
    turns = []
    for n in range(40):
        seconds = round(60 * (minutes * n + (rest if n > 30 else 0)))
        time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        turns.append(turn(n, f"P{n % 3}", claims[n % 2], time=time))
    return turns


def lesson() -> list[dict[str, object]]:
    said = [
        ("Teacher", "Who can tell us about the triangle on this page?", "press for accuracy"),
        ("Ana", "The triangle has three sides and angles", "making a claim"),
        ("Ben", "The square is bigger than the triangle", "making a claim"),
        ("Ana", "The angles are all the same here", "making a claim"),
        ("Ben", "The sides are longer than the others", "making a claim"),
        ("Ana", "The square must be twice as big", "making a claim"),
        ("Teacher", "Why do you think so?", "press for reasoning"),
        ("Ana", "Because it has two triangles in it", "providing evidence"),
        ("Teacher", "Good.", "none"),
    ]
    return [
        turn(n, speaker, text, label=label, turn_no=n)
        for n, (speaker, text, label) in enumerate(said)
    ]


def test_times_are_read_as_each_set_writes_them(tmp_path: Path) -> None:
    irc = [
        turn(0, "a", "one", time="23:59"),
        turn(1, "b", "two", time="23:59"),
        turn(2, None, "b left", time="23:59"),
        turn(3, "a", "b: three", time="00:01"),
    ]
    chat = [
        turn(0, "a", "one", time="2021-04-28 19:25:26.26+00:00"),
        turn(1, "b", "two", time="2021-04-28 19:26:26.26"),
    ]
    folder = written(tmp_path, "irc", irc)
    written(tmp_path, "delidata", chat)
    (first,) = facilitation.read(folder / "irc", CUES)
    assert [each.at - START for each in first.remarks] == [
        timedelta(minutes=n) for n in (0, 0.5, 2)
    ]
    assert [each.replies_to for each in first.remarks] == [None, None, 2]
    (second,) = facilitation.read(folder / "delidata", CUES)
    assert second.length == timedelta(minutes=1)


def test_a_meeting_is_read_as_fast_as_people_speak(tmp_path: Path) -> None:
    turns = [turn(0, "a", "word " * 150), turn(1, "Project Manager", "word " * 300)]
    (talk,) = facilitation.read(written(tmp_path, "qmsum", turns) / "qmsum", CUES)
    assert talk.length == timedelta(minutes=2)
    assert [each.is_host for each in talk.remarks] == [False, True]
    assert talk.over(timedelta(days=7)).length == timedelta(days=7)


def talk_of(*minutes: float) -> facilitation.Talk:
    remarks = tuple(
        Remark(n % 2, START + timedelta(minutes=minute), str(n), 9)
        for n, minute in enumerate(minutes)
    )
    return facilitation.Talk("t", remarks)


@pytest.mark.parametrize(
    ("kind", "move", "minute", "count"),
    [
        (Kind.SPEAK, Move.BRIDGE, 4, 1),
        (Kind.SPEAK, Move.NEXT_RUNG, 4.9, 1),
        (Kind.SPEAK, Move.BRIDGE, 5.1, 0),
        (Kind.SPEAK, Move.BRIDGE, 0.5, 0),
        (Kind.SPEAK, Move.CLOSE, 4, 0),
        (Kind.NUDGE, Move.INVITE, 4, 0),
        (Kind.HOLD, Move.NONE, 4, 0),
    ],
)
def test_who_cuts_in_is_counted(kind: Kind, move: Move, minute: float, count: int) -> None:
    decision = Decision(kind, move, Reason.POINTS_MEET)
    now = START + timedelta(minutes=minute)
    assert facilitation.cut_in(facilitation.Played(talk_of(0, 2), ((now, decision),))) == count


def test_an_invitation_is_needless_where_they_spoke_soon_anyway() -> None:
    nudge = Decision(Kind.NUDGE, Move.INVITE, Reason.NOT_HEARD_YET, member=1)
    for minute, expected in ((49, (1, 1)), (30, (1, 0))):
        now = START + timedelta(minutes=minute)
        played = facilitation.Played(talk_of(0, 50, 100), ((now, nudge),))
        assert facilitation.needless(played) == expected


def test_a_lesson_shows_where_a_teacher_did_as_we_would(tmp_path: Path) -> None:
    data = written(tmp_path, "talkmoves", lesson())
    talks = list(facilitation.read(data / "talkmoves", CUES))
    found = facilitation.beside_teachers(talks)
    # Three turns of the teacher's, one of which follows five claims without a reason.
    evidence = found[Move.ASK_EVIDENCE]
    assert (evidence["ours"], evidence["precision"], evidence["recall"]) == (1, 1.0, 1.0)
    assert evidence["anywhere"] == pytest.approx(1 / 2)
    assert found[Move.BRIDGE]["ours"] == 0
    noticed = facilitation.noticed(talks, facilitation.labels_of(data / "talkmoves"))
    assert (noticed["sentences"], noticed["precision"], noticed["recall"]) == (6, 1.0, 1.0)


def test_a_run_prints_figures_and_keeps_the_bars(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = written(tmp_path, "bookclub", club(1), club(2, rest=20))
    written(tmp_path, "talkmoves", lesson())
    assert facilitation.main([str(data), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {
        f"{name}, held out, {pace}"
        for name in ("bookclub", "talkmoves")
        for pace in ("own pace", "a week")
    }
    own = told["bookclub, held out, own pace"]
    assert own["messages"] == 80
    assert own["moves"]["ask_evidence"] == 1  # in the rest
    assert own["cut in"] == 0
    assert "moves of teachers" in told["talkmoves, held out, own pace"]
    assert facilitation.main([str(data)]) == 0
    assert "irc: skipped" in capsys.readouterr().out


def test_a_missed_bar_ends_with_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(tmp_path, "delidata", club())
    monkeypatch.setattr(facilitation, "cut_in", lambda _: 1)
    assert facilitation.main([str(data), "--json"]) == 1
