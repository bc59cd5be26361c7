"""The contract suite on the platforms that need no server, and the proof that each rule can fail.

To add an adapter: write a `World` for it and one class that inherits `PlatformContract`.
"""

from collections.abc import AsyncIterator
from inspect import signature
from pathlib import Path

import pytest

from learncomm_agent.chat.capabilities import Capabilities
from learncomm_agent.testing.contract import PlatformContract
from learncomm_agent.testing.platform import EVERYTHING, FakePlatform
from learncomm_agent.testing.world import World
from tests.contracts.broken import (
    ChangesIds,
    CutsTexts,
    ForgetsAll,
    ForgetsEdits,
    ForgetsKeys,
    ForgetsWhatItAnswers,
    ForgetsWhatWasFilledIn,
    ForgetsWhenItWasEdited,
    ForgetsWhereHistoryStarts,
    HearsItself,
    HidesThatItCanNotTell,
    KnowsNothingWhenStopped,
    KnowsTheFuture,
    MeasuresAtRandom,
    MistakesTheAuthor,
    MixesUpChoices,
    MixesUpMenus,
    PostsAnywhere,
    RendersMarkup,
    ShowsAll,
    ShowsDirectTalks,
    SpeaksUp,
    StartsTwice,
    StopsOnce,
    TurnsOrderRound,
    UsesHistoryUp,
)
from tests.contracts.broken_pasts import (
    GuessesWhatIsAnswered,
    HasAnEmptyPast,
    HasAPastSinceAMoment,
    HasHalfAPast,
    Pastless,
    RefusesItsPastOnce,
    TakesAllForDeleted,
    TakesRepeatsForEdits,
)
from tests.contracts.broken_promises import (
    AnswersTwice,
    CallsByWords,
    ChangesForms,
    ClaimsWithoutLimits,
    DropsListings,
    ForgetsDeletions,
    ForgetsItsPostsWhenItEnds,
    ForgetsKeysWhenItEnds,
    ForgetsThatItWasEdited,
    LosesMessages,
    LosesOwnWords,
    MistakesLinks,
    MixesUpPeople,
    OpensDirectTalksToAll,
    TakesAllForItself,
    TakesAllForLeaders,
    TellsAgainAsAnother,
    TellsOfNoGap,
)
from tests.contracts.broken_verbs import (
    BringsInAnybody,
    ClaimsDeletes,
    ClaimsEdits,
    ClaimsPins,
    ClaimsReactions,
    CutsPolls,
    DoesMoreThanItSays,
    DropsControls,
    DropsFiles,
    EditsAnything,
    FailsToAcknowledge,
    ForgetsItsOwnPosts,
    IsNowhereWhenStopped,
    MistakesWhatTheyComeTo,
    OpensPollsTwice,
    OpensThreadsToAll,
    OpensThreadsTwice,
    SchedulesTwice,
)
from tests.contracts.fake_world import BARE, FakeWorld, FleetingWorld, RestartedWorld


class TestFakePlatform(PlatformContract):
    @pytest.fixture
    async def world(self) -> AsyncIterator[World]:
        world = FakeWorld(FakePlatform())
        yield world
        await world.platform.stop()


class TestBarePlatform(PlatformContract):
    """A platform that can post text and nothing else, and is out of reach when it is stopped."""

    @pytest.fixture
    async def world(self) -> AsyncIterator[World]:
        world = RestartedWorld(FakePlatform("bare", capabilities=BARE))
        yield world
        await world.platform.stop()


# Each rule can fail: a platform that breaks it.

BROKEN: dict[str, type[FakePlatform]] = {
    "test_a_post_appears_once_per_key": ForgetsKeys,
    "test_parts_arrive_in_order": TurnsOrderRound,
    "test_markup_in_a_text_is_shown_as_it_is_written": RendersMarkup,
    "test_a_text_as_long_as_the_limit_arrives_whole": CutsTexts,
    "test_length_grows_with_the_text": MeasuresAtRandom,
    "test_an_unknown_room_is_gone": PostsAnywhere,
    "test_a_reply_shows_what_it_answers": ForgetsWhatItAnswers,
    "test_a_second_start_is_an_error": StartsTwice,
    "test_stopping_twice_is_harmless": StopsOnce,
    "test_a_message_is_told_with_author_room_and_time": MistakesTheAuthor,
    "test_an_edit_is_told": ForgetsEdits,
    "test_a_deletion_is_told": ForgetsAll,
    "test_the_agent_does_not_hear_itself": HearsItself,
    "test_history_is_what_came_after_oldest_first": ForgetsWhereHistoryStarts,
    "test_history_can_be_read_twice": UsesHistoryUp,
    "test_history_since_a_moment_begins_there": ForgetsWhereHistoryStarts,
    "test_history_tells_what_was_edited_and_when": ForgetsWhenItWasEdited,
    "test_a_history_that_can_not_be_told_is_an_error": HidesThatItCanNotTell,
    "test_a_message_has_the_same_id_in_the_history": ChangesIds,
    "test_a_private_reply_is_seen_by_one_alone": SpeaksUp,
    "test_a_room_is_readable_where_all_can_read_it": ShowsAll,
    "test_what_is_unknown_is_readable_to_nobody": ShowsAll,
    "test_while_it_is_not_connected_nobody_is_said_to_read_nothing": KnowsNothingWhenStopped,
    "test_a_direct_talk_is_in_no_other_audience": ShowsDirectTalks,
    "test_edits_are_as_claimed": ClaimsEdits,
    "test_deletes_are_as_claimed": ClaimsDeletes,
    "test_files_are_as_claimed": DropsFiles,
    "test_buttons_are_as_claimed": MixesUpChoices,
    "test_reactions_are_as_claimed": ClaimsReactions,
    "test_threads_are_as_claimed": OpensThreadsTwice,
    "test_a_private_thread_is_read_by_those_who_are_in_it_alone": OpensThreadsToAll,
    "test_nobody_is_brought_in_who_can_not_read_the_room": BringsInAnybody,
    "test_menus_are_as_claimed": MixesUpMenus,
    "test_forms_are_as_claimed": ForgetsWhatWasFilledIn,
    "test_pins_are_as_claimed": ClaimsPins,
    "test_polls_are_as_claimed": OpensPollsTwice,
    "test_a_poll_that_does_not_fit_is_refused": CutsPolls,
    "test_scheduled_events_are_as_claimed": SchedulesTwice,
    "test_who_will_come_is_told": MistakesWhatTheyComeTo,
    "test_the_newest_message_is_known": ForgetsItsOwnPosts,
    "test_the_spaces_are_known": IsNowhereWhenStopped,
    "test_what_is_told_of_accounts_can_be": KnowsTheFuture,
    "test_an_edit_keeps_what_is_private_private": EditsAnything,
    "test_a_private_post_that_is_edited_stays_private": EditsAnything,
    "test_to_acknowledge_is_never_an_error": FailsToAcknowledge,
    "test_who_leads_is_told": TakesAllForLeaders,
    "test_what_is_claimed_has_its_verbs_and_its_limits": ClaimsWithoutLimits,
    "test_a_post_with_all_there_is_shows_or_says_all_of_it": DropsListings,
    "test_a_text_of_several_messages_arrives_whole": CutsTexts,
    "test_a_repeat_after_a_restart_posts_nothing": ForgetsKeysWhenItEnds,
    "test_a_post_is_changed_after_a_restart_as_before_it": ForgetsItsPostsWhenItEnds,
    "test_what_happened_while_it_was_away_is_told_or_can_be_read": TellsOfNoGap,
    "test_a_message_keeps_its_id_over_a_gap": TellsAgainAsAnother,
    "test_all_works_without_a_model": DropsListings,
    "test_chatter_draws_no_post": TakesAllForItself,
    "test_a_private_answer_reaches_one_alone_or_nobody": OpensDirectTalksToAll,
    "test_what_was_said_elsewhere_is_in_no_answer": ShowsAll,
    "test_what_was_said_in_a_direct_talk_is_for_nobody_else": ShowsDirectTalks,
    "test_nothing_that_was_typed_or_pasted_calls_anybody": CallsByWords,
    "test_the_words_of_a_community_are_said": FakePlatform,
    "test_a_session_begins_as_it_was_filled_in": ChangesForms,
    "test_a_citation_opens_the_message_it_rests_on": MistakesLinks,
    "test_a_summary_says_how_much_it_has_read": LosesMessages,
    "test_what_is_taken_back_is_forgotten": ForgetsDeletions,
    "test_what_is_changed_is_not_shown_as_it_was": ForgetsThatItWasEdited,
    "test_who_has_opted_out_is_in_nothing": MixesUpPeople,
    "test_what_was_taken_is_answered_once_after_an_end": AnswersTwice,
    "test_what_happened_while_it_was_away_is_made_up_for": TellsOfNoGap,
}
JUDGES: dict[str, type[PlatformContract]] = {
    "test_the_words_of_a_community_are_said": LosesOwnWords
}
"""Rules that no platform can break: these judge with an agent that does."""
RULES = sorted(name for name in dir(PlatformContract) if name.startswith("test_"))

BROKEN_BARE: dict[str, tuple[type[FakePlatform], Capabilities]] = {
    "test_a_private_reply_is_seen_by_one_alone": (SpeaksUp, BARE),
    "test_a_direct_talk_is_in_no_other_audience": (DoesMoreThanItSays, EVERYTHING),
    "test_edits_are_as_claimed": (ClaimsEdits, BARE),
    "test_deletes_are_as_claimed": (ClaimsDeletes, BARE),
    "test_files_are_as_claimed": (DropsFiles, BARE),
    "test_buttons_are_as_claimed": (DropsControls, BARE),
    "test_reactions_are_as_claimed": (ClaimsReactions, BARE),
    "test_threads_are_as_claimed": (DoesMoreThanItSays, EVERYTHING),
    "test_a_private_thread_is_read_by_those_who_are_in_it_alone": (DoesMoreThanItSays, EVERYTHING),
    "test_menus_are_as_claimed": (DropsControls, BARE),
    "test_forms_are_as_claimed": (DropsControls, BARE),
    "test_pins_are_as_claimed": (DoesMoreThanItSays, EVERYTHING),
    "test_polls_are_as_claimed": (DoesMoreThanItSays, EVERYTHING),
    "test_scheduled_events_are_as_claimed": (DoesMoreThanItSays, EVERYTHING),
}
BROKEN_FLEETING: dict[str, type[FakePlatform]] = {
    "test_a_message_is_told_with_author_room_and_time": GuessesWhatIsAnswered,
    "test_an_edit_is_told": TakesRepeatsForEdits,
    "test_a_deletion_is_told": TakesAllForDeleted,
    "test_the_agent_does_not_hear_itself": HearsItself,
    "test_history_is_what_came_after_oldest_first": HasHalfAPast,
    "test_history_can_be_read_twice": RefusesItsPastOnce,
    "test_history_since_a_moment_begins_there": HasAPastSinceAMoment,
    "test_history_tells_what_was_edited_and_when": HasAnEmptyPast,
    "test_a_history_that_can_not_be_told_is_an_error": HasAnEmptyPast,
    "test_a_message_has_the_same_id_in_the_history": HasHalfAPast,
    "test_what_happened_while_it_was_away_is_told_or_can_be_read": TellsOfNoGap,
    "test_a_message_keeps_its_id_over_a_gap": TellsAgainAsAnother,
    "test_what_is_taken_back_is_forgotten": MixesUpChoices,
    "test_what_is_changed_is_not_shown_as_it_was": TakesRepeatsForEdits,
    "test_what_happened_while_it_was_away_is_made_up_for": HasAnEmptyPast,
}
"""Where nothing stays that was said, each rule about it can fail as well."""


def test_every_rule_has_a_platform_that_breaks_it() -> None:
    assert sorted(BROKEN) == RULES
    assert set(BROKEN_BARE) | set(BROKEN_FLEETING) <= set(RULES)


@pytest.mark.parametrize("rule", RULES)
async def test_a_broken_platform_fails_the_rule(rule: str, tmp_path: Path) -> None:
    test = getattr(JUDGES.get(rule, PlatformContract)(), rule)
    needs = {"tmp_path": tmp_path} if "tmp_path" in signature(test).parameters else {}
    with pytest.raises(AssertionError):
        await test(FakeWorld(BROKEN[rule]()), **needs)


@pytest.mark.parametrize("rule", sorted(BROKEN_BARE))
async def test_a_platform_that_drops_what_it_lacks_fails_the_rule(rule: str) -> None:
    broken, capabilities = BROKEN_BARE[rule]
    platform = broken("bare", capabilities=capabilities)
    with pytest.raises(AssertionError):
        await getattr(PlatformContract(), rule)(FakeWorld(platform))


@pytest.mark.parametrize("rule", sorted(BROKEN_FLEETING))
async def test_where_nothing_stays_the_rule_is_kept_and_can_be_broken(
    rule: str, tmp_path: Path
) -> None:
    test = getattr(PlatformContract(), rule)

    async def judge(kind: type[FakePlatform], name: str) -> None:
        folder = tmp_path / name
        needs = {"tmp_path": folder} if "tmp_path" in signature(test).parameters else {}
        await test(FleetingWorld(kind("fleeting")), **needs)

    await judge(Pastless, "kept")
    broken = type("Broken", (BROKEN_FLEETING[rule], Pastless), {})
    with pytest.raises(AssertionError):
        await judge(broken, "broken")
