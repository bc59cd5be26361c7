"""Showing what holds of an answer meanwhile is a courtesy: the answer comes, whatever goes wrong with it."""

import asyncio

import pytest

from learncomm_agent.chat.people import Community, CommunityId
from learncomm_agent.errors import LearncommError
from learncomm_agent.writing.items import Answer, Method
from learncomm_agent.writing.streaming import CHECKING, drafted
from learncomm_agent.writing.writer import Brief

ANSWER = Answer("When?", Method.MODEL, ())


@pytest.mark.parametrize("error", [KeyError("boom"), LearncommError("boom"), RecursionError()])
async def test_the_answer_comes_although_its_drafts_can_not_be_checked(error: Exception) -> None:
    def check(draft: Answer) -> Answer:
        raise error

    async def write(brief: Brief) -> Answer:
        assert brief.drafted is not None
        brief.drafted(ANSWER)
        await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() == CHECKING])
        return ANSWER

    shown: list[Answer] = []
    brief = Brief(Community(CommunityId(7), "Readers"), "en", shown=shown.append)
    assert await drafted(check, write, brief) is ANSWER
    assert shown == []
