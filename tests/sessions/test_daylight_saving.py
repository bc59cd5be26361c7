"""A Monday at six stays a Monday at six when the clocks are changed, and so does all that hangs on it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from learncomm_agent.rehearsing.played import Passed
from learncomm_agent.rehearsing.rehearsals import Rehearsing, Wish
from learncomm_agent.sessions.effects import Calendar
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.playbook import Playbook
from learncomm_agent.sessions.walking import stage_at
from learncomm_agent.words import Words
from tests.sessions.rehearsals.playing import playbook

SPRING, AUTUMN = datetime(2026, 2, 16, 9, tzinfo=UTC), datetime(2026, 10, 5, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def book_club() -> Playbook:
    return playbook("book-club")


@pytest.mark.parametrize("start", [SPRING, AUTUMN], ids=["spring", "autumn"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_every_meeting_is_on_monday_at_six(book_club: Playbook, zone: str, start: datetime) -> None:
    here, talks, calendar = ZoneInfo(zone), set[datetime](), list[datetime]()

    def watch(it: Passed) -> None:
        calendar.extend(each.begins_at for each in it.effects if isinstance(each, Calendar))
        standing = it.after.standing
        is_new = it.before.visit != it.after.visit
        if is_new and standing and standing.entered_at and stage_at(it.after).kind == "discuss":
            talks.add(standing.entered_at)

    wish = Wish(
        3, 1, answers={"book": "The Great Soup", "contents": "320 pages"}, zone=zone, start=start
    )
    played = Rehearsing(Words(), stage_kinds()).play(book_club, wish, watch)
    meetings = [datetime.fromisoformat(it["at"]) for it in played.session.results["meetings"]]
    local = [each.astimezone(here) for each in meetings]
    assert len(local) == 6
    assert {(each.weekday(), each.hour, each.minute) for each in local} == {(0, 18, 0)}
    assert len({each.utcoffset() for each in local}) == 2, "no change of clocks between them"
    days = [each.date() for each in local]
    assert [b - a for a, b in pairwise(days)] == [timedelta(days=7)] * 5
    assert sorted(calendar) == meetings
    assert talks == set(meetings)
