"""Words that nothing holds: others are looked for only where they are meant, and it is told."""

import pytest

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.house import House
from learncomm_agent.library.resources import Found, Place, Reading, ResourceKind, Section, Share
from learncomm_agent.library.search import Query

NOTES = (
    "Others come with the next task.",
    "Flamingos sleep on one leg by the river.",
    "The circle meets in the library.",
    "Bäckereien an der Straßenbahn.",
)


@pytest.fixture(params=[False, True], ids=["by words", "by meaning"])
async def library(
    house: House, community: CommunityId, request: pytest.FixtureRequest
) -> CommunityId:
    readings = [
        Reading(f"n{i}", ResourceKind.TEXT, f"n{i}", (Section(text, Place()),))
        for i, text in enumerate(NOTES)
    ]
    await house.adding.add(community, readings, Share())
    if request.param:
        await house.work.drain()
    return community


async def find(house: House, community: CommunityId, text: str, *, may_slip: bool = True) -> Found:
    query = Query(text, community, Readable(frozenset()), may_slip=may_slip)
    return await house.search.find(query)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("flamimgos", {"flamimgos": "Flamingos"}),
        ("flamimgos sleeping", {"flamimgos": "Flamingos"}),
        ("the libary cirlce", {"libary": "library", "cirlce": "circle"}),
        ("cirle library", {"cirle": "circle"}),
        ("Flamimgos und FLAMIMGOS", {"Flamimgos": "Flamingos"}),
        ("Bäckereiem", {"Bäckereiem": "Bäckereien"}),
        ("Ba\u0308ckereiem Straßenbahn", {"Ba\u0308ckereiem": "Bäckereien"}),
        ("die Straßenbhan", {"Straßenbhan": "Straßenbahn"}),
    ],
)
async def test_a_slip_is_told_with_the_word_that_stands_there(
    house: House, library: CommunityId, text: str, instead: dict[str, str]
) -> None:
    found = await find(house, library, text)
    assert found.passages
    assert found.instead == instead


@pytest.mark.parametrize(
    "text", ["otters", "tusk", "newts", '"flamimgos"', '"river gate"', "„flamimgos am river“"]
)
async def test_another_word_is_no_slip(house: House, library: CommunityId, text: str) -> None:
    found = await find(house, library, text)
    assert not found.passages
    assert not found.instead


async def test_a_search_may_do_without_slips(house: House, library: CommunityId) -> None:
    assert not (await find(house, library, "flamimgos", may_slip=False)).passages
    assert (await find(house, library, "flamingos", may_slip=False)).passages


async def test_a_quotation_that_stands_there_is_found(house: House, library: CommunityId) -> None:
    for text in ('"by the river"', '"one legs"', 'flamingos "river gate"'):
        found = await find(house, library, text)
        assert [each.source for each in found.passages][:1] == ["n1"], text
