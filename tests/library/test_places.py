"""Where a passage says that it stands: pages, slides, and the times of a recording."""

import pytest

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.house import House
from learncomm_agent.library.resources import (
    Place,
    Reading,
    ResourceKind,
    Section,
    Share,
    Unit,
)
from learncomm_agent.library.search import Query
from learncomm_agent.storage.passages import place


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (Place(), ""),
        (Place(("Nests",)), "Nests"),
        (Place(page=1), "p. 1"),
        (Place(("Nests",), page=1, last_page=2), "Nests, p. 1–2"),
        (Place(page=2, last_page=2), "p. 2"),
        (Place(page=1, unit=Unit.SLIDE), "slide 1"),
        (Place(("Nests",), page=1, last_page=3, unit=Unit.SLIDE), "Nests, slides 1–3"),
    ],
)
def test_a_place_is_written_for_people(where: Place, said: str) -> None:
    assert str(where) == said


def test_what_older_versions_have_stored_is_still_read() -> None:
    record = {"headings": ["Nests"], "page": 3, "message": None}
    assert place(record) == Place(("Nests",), 3)


@pytest.mark.parametrize(
    ("kind", "places", "said"),
    [
        (ResourceKind.PDF, (Place(page=1), Place(page=2)), "p. 1–2"),
        (ResourceKind.PDF, (Place(page=4), Place(page=4)), "p. 4"),
        (ResourceKind.SLIDES, (Place(page=1), Place(page=2)), "slides 1–2"),
        (ResourceKind.TRANSCRIPT, (Place(("0:01",)), Place(("12:01",))), "0:01–12:01"),
        (ResourceKind.MARKDOWN, (Place(("Nests",)), Place(("Eggs",))), "Nests"),
    ],
)
async def test_a_passage_of_neighbours_says_where_it_begins_and_ends(
    house: House,
    community: CommunityId,
    kind: ResourceKind,
    places: tuple[Place, Place],
    said: str,
) -> None:
    texts = ("Herons wait in the reeds.", "Herons wait in the shallows.")
    sections = tuple(map(Section, texts, places))
    await house.adding.add(community, [Reading("a", kind, "Birds", sections)], Share())
    (found,) = (await house.search.find(Query("herons wait", community, Readable(), 5))).passages
    assert (found.text, str(found.place)) == ("\n\n".join(texts), said)
