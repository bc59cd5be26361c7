"""The main job with a language model behind it: a good one, one that fails, and one that lies."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.clock import SystemClock
from learncomm_agent.llm.hosted import HostedModel
from learncomm_agent.llm.model import Request
from learncomm_agent.settings import ModelSettings
from learncomm_agent.storage.schema import writings
from learncomm_agent.testing import model_server as says
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.lying import LyingModel
from learncomm_agent.testing.model_server import Behaviour, ModelServer
from learncomm_agent.testing.models import ScriptedModel, material_of
from learncomm_agent.writing.items import ItemKind

NOTE = "Quiet members speak sooner when they may write first. So we begin in silence."
QUOTE = "Quiet members speak sooner when they may write first."


def quoting(request: Request) -> dict[str, Any]:
    """Answer as a good model does: each line with the words that it rests on."""
    lines = [each for each in material_of(request) if each.text.strip()]
    chosen = next((each for each in lines if QUOTE in each.text), lines[0])
    line = {"line": chosen.number, "quote": " ".join(chosen.text.split()[:9]), "also": []}
    if request.purpose == "questions":
        asked = {"level": "act", "text": "What would writing first change in our own circle?"}
        return {"questions": [{**line, **asked}]}
    if request.purpose == "answer":
        return {"claims": [{**line, "text": "Quiet members speak sooner if they may write first."}]}
    told: dict[str, Any] = {kind: [] for kind in ItemKind}
    promise = next(each for each in lines if "by Friday" in each.text)
    told["action_items"] = [
        {"line": promise.number, "quote": "bring paper for everyone", "also": [],
         "text": "Bring paper for everyone.", "owner": promise.label, "due": "by Friday"}
    ]  # fmt: skip
    return told


async def test_a_model_writes_and_each_reply_says_so(data: Path) -> None:
    model = ScriptedModel(quoting)
    async with Circle(data, model=model) as circle:
        ann, ben, hall = circle.ann, circle.ben, circle.hall
        await ben.asks(f"share {NOTE}", hall)
        answer = await asked(circle)
        assert answer.startswith(
            "1. Ben said: Quiet members speak sooner if they may write first. ("
        )
        assert "Written by a language model from these sources" in answer

        questions = await ben.asks("questions quiet members", hall)
        assert "What would writing first change in our own circle?" in questions
        assert "Written by a language model from the texts named." in questions

        await ben.says("I will bring paper for everyone by Friday.", hall)
        told = await ann.asks("summary", hall)
        assert "Ben, by January 9, 2026: Bring paper for everyone. (Ben, " in told
        assert "I read 1 of 4 messages" in told
        assert "Written by a language model; each line links" in told
        assert {each.community for each in model.requests} == {circle.agent.community.id}


def invented(request: Request) -> dict[str, Any]:
    """Answer as a model does that makes things up: nothing of it stands anywhere."""
    line = {"line": 1, "quote": "words that nobody here has said", "also": [], "text": "So it is."}
    if request.purpose == "questions":
        return {"questions": [{**line, "level": "act"}]}
    if request.purpose == "answer":
        return {"claims": [line]}
    return {kind: [line] if kind is ItemKind.KEY_POINT else [] for kind in ItemKind}


async def test_a_model_that_is_merely_wrong_hides_nothing(data: Path) -> None:
    async with Circle(data, model=ScriptedModel(invented)) as circle:
        await circle.ben.asks(f"share {NOTE}", circle.hall)
        answer = await asked(circle)
        assert answer.startswith(f"1. Ben said: {QUOTE} (")
        assert f"{UNCLEAR} Word for word from the library" in answer
        questions = await circle.ben.asks("questions quiet members", circle.hall)
        assert "To discuss" in questions
        assert f"{UNCLEAR} Made from the words of the texts" in questions
        await circle.ben.says("I will bring paper for everyone by Friday.", circle.hall)
        told = await circle.ann.asks("summary", circle.hall)
        assert "Ben, by January 9, 2026: I will bring paper for everyone" in told
        assert f"{UNCLEAR} In your own words" in told


async def test_what_was_left_out_and_who_found_nothing_is_said(data: Path) -> None:
    silent = False

    def half(request: Request) -> dict[str, Any]:
        good, bad = quoting(request), invented(request)
        return {key: [] if silent else [*lines, *bad[key]] for key, lines in good.items()}

    async with Circle(data, model=ScriptedModel(half)) as circle:
        await circle.ben.asks(f"share {NOTE}", circle.hall)
        assert "One line did not match the passages, so I left it out." in await asked(circle)
        questions = await circle.ben.asks("questions quiet members", circle.hall)
        assert "One question did not match the texts or had been asked before" in questions

        silent = True
        nothing = await asked(circle)
        assert nothing.startswith("I found nothing on that")
        assert "A language model read what I found" in nothing
        no_more = await circle.ben.asks("questions quiet members", circle.hall)
        assert no_more.startswith("I found nothing to ask about")
        assert "A language model read the texts, and found nothing to ask." in no_more


DEN_NOTE = "Quiet members fear the treasurer, who hides the marzipan behind the atlas."


async def test_what_was_asked_in_a_closed_room_reaches_no_other_prompt(data: Path) -> None:
    def asking(request: Request) -> dict[str, Any]:
        lines = material_of(request)
        chosen = next((each for each in lines if "marzipan" in each.text), lines[0])
        quote = " ".join(chosen.text.split()[:6])
        about = "marzipan" if "marzipan" in chosen.text else "silence"
        texts = [f"When do quiet members think of {about}?", "When do quiet members speak to you?"]
        line = {"line": chosen.number, "quote": quote, "level": "act"}
        return {"questions": [{**line, "text": text} for text in texts]}

    model = ScriptedModel(asking)
    async with Circle(data, model=model) as circle:
        ann, ben, hall, den = circle.ann, circle.ben, circle.hall, circle.den
        await ben.asks(f"share {NOTE}", hall)
        await ben.asks(f"share {DEN_NOTE}", den)
        assert "think of marzipan?" in await ann.asks("questions quiet members", den)
        in_the_hall = await ann.asks("questions quiet members", hall)
        assert "<asked>" not in model.requests[-1].prompt
        assert "When do quiet members speak to you?" in in_the_hall
        await ann.asks("questions quiet members", hall)
        known = model.requests[-1].prompt.split("<asked>")[1]
        assert "speak to you?" in known
        assert "think of silence?" in known
        assert "marzipan" not in known
        await ann.asks("questions quiet members", den)
        assert "think of silence?" in model.requests[-1].prompt.split("<asked>")[1]

        nowhere = sa.update(writings).values(room_id=None)
        await circle.agent.house.database.write(lambda conn: conn.execute(nowhere).rowcount)
        await ann.asks("questions quiet members", hall)
        assert "marzipan" not in model.requests[-1].prompt, "its source is still closed"


async def test_a_question_names_no_member_on_its_own_account(data: Path) -> None:
    def naming(request: Request) -> dict[str, Any]:
        good = quoting(request)["questions"][0]
        return {"questions": [{**good, "text": f"Chloé: {good['text']}"}, good]}

    async with Circle(data, model=ScriptedModel(naming)) as circle:
        await circle.ben.asks(f"share {NOTE}", circle.hall)
        await circle.chloe.says("Good morning.", circle.hall)
        told = await circle.ann.asks("questions quiet members", circle.hall)
    assert "1. What would writing first change in our own circle?" in told
    assert "Chloé" not in told


async def test_a_question_of_a_closed_room_stays_there_though_its_source_is_open(
    data: Path,
) -> None:
    model = ScriptedModel(quoting)
    async with Circle(data, model=model) as circle:
        await circle.ben.asks(f"share {NOTE}", circle.hall)
        await circle.ann.asks("questions quiet members", circle.den)
        asked = await circle.ann.asks("questions quiet members", circle.hall)
        assert "<asked>" not in model.requests[-1].prompt
        assert "What would writing first change in our own circle?" in asked


GONE = "The language model can't be reached just now."
UNCLEAR = "The language model gave no answer that I could use."
BROKEN: dict[str, tuple[Behaviour, str]] = {
    "a rate limit that lasts too long": (says.rate_limit(300), GONE),
    "a quota that is used up": (says.OUT_OF_QUOTA, GONE),
    "a wrong key": (says.WRONG_KEY, GONE),
    "a server that is down": (says.failure(503), GONE),
    "a connection that is closed": (says.HUNG_UP, GONE),
    "a server that never answers": (says.SILENT, GONE),
    "an answer that drips": (says.DRIPPING, GONE),
    "a body that is cut": (says.CUT, UNCLEAR),
    "an answer that is cut": (says.LENGTH, UNCLEAR),
    "JSON that is cut": (says.answer('{"claims": [{"line": 1, "quo'), UNCLEAR),
    "a page of HTML": (says.WEB_PAGE, GONE),
    "a schema that is ignored": (says.answer("Sure, happy to help."), UNCLEAR),
    "a refusal": (says.refused("I'd rather not."), UNCLEAR),
    "too long a prompt": (says.OVERFLOW, "This is more than the language model can read at once."),
}


async def test_whatever_a_server_does_the_answer_is_extracted_and_says_why(data: Path) -> None:
    with ModelServer() as server:
        async with hosted(data, server) as circle:
            await circle.ben.asks(f"share {NOTE}", circle.hall)
            for what, (behaviour, why) in BROKEN.items():
                server.otherwise = behaviour
                await circle.clock.advance(60)  # after a failure the model is left alone
                answer = await asked(circle)
                assert answer.startswith(f"1. Ben said: {QUOTE} ("), what
                said = f"{why} Word for word from the library, without a language model."
                assert said in answer, what


def hosted(data: Path, server: ModelServer) -> Circle:
    """A community whose agent speaks to a server over HTTP, and waits a second at most."""
    chosen = ModelSettings(
        kind="hosted", base_url=server.base_url, model=says.MODEL, timeout_s=1, deadline_s=1
    )
    return Circle(data, model=HostedModel(chosen, SystemClock()))


@pytest.mark.parametrize("lie", range(2))
async def test_what_a_lying_model_says_of_a_talk_is_not_posted(data: Path, lie: int) -> None:
    model = LyingModel(lie)
    said = {
        "Ben": ("I will bring paper for everyone by Friday.", "We agreed to begin in silence."),
        "Chloé": ("Shall we invite the choir next time?", "I have learned that waiting helps."),
    }
    async with Circle(data, model=model) as circle:
        for line in zip(*said.values(), strict=True):
            await circle.ben.says(line[0], circle.hall)
            await circle.chloe.says(line[1], circle.hall)
        told = await circle.ann.asks("summary", circle.hall)
    assert model.lies and "did not match the messages" in told
    for word in ("4711", "evil.example", "@everyone", "zzz", "Nobody Known", "2031"):
        assert word not in told
    assert "ever said" not in told


async def test_a_budget_that_is_used_up_is_said_and_lasts_until_midnight(data: Path) -> None:
    async with Circle(data, model=ScriptedModel(quoting), tokens_per_day=8000) as circle:
        await circle.ben.asks(f"share {NOTE}", circle.hall)
        replies = [await asked(circle) for _ in range(6)]
        assert "Written by a language model" in replies[0]
        assert "(UTC). Word for word" in replies[-1]
        await circle.clock.advance(24 * 3600)
        assert "Written by a language model" in await asked(circle)


async def asked(circle: Circle) -> str:
    return await circle.ann.sends("ask", circle.hall, question="When do quiet members speak?")
