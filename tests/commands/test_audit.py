"""Leaders read what was done here; what members chose about themselves bears no name."""

import re

from learncomm_agent.testing.community import Circle


async def test_what_leaders_do_is_told_and_found_by_words(circle: Circle) -> None:
    ann, hall = circle.ann, circle.hall
    await ann.sends("read", circle.lounge, switch="on")
    await ann.sends("links", hall, mode="every")
    await ann.sends("links", hall, reaction="📚")
    await circle.ben.says("I will feed the ducks by Friday.", hall)
    await ann.publishes("summary", hall)
    await circle.ben.sends("me", hall, consent="out")
    await circle.ben.presses("Yes, forget it")
    said = await ann.sends("audit", hall)
    for told in (
        "Ann: reading on · lounge",
        "Ann: what becomes of links · hall",
        "Ann: a draft published · #",
        "a member: opted out · one message",
    ):
        assert told in said, told
    assert "Ben" not in said
    assert "such as following an edit" in said
    only = await ann.sends("audit", hall, words="read")
    assert "reading on" in only and "links" not in only
    assert "I: a post of mine changed" in await ann.sends("audit", hall, words="mend")
    assert "bears the words" in await ann.sends("audit", hall, words="xyzzy")
    assert "leaders" in await circle.chloe.sends("audit", hall)


async def test_it_is_read_page_by_page_and_only_by_leaders(circle: Circle) -> None:
    for n in range(15):
        await circle.ann.sends("links", circle.hall, reaction="📚" if n % 2 else "off")
    first = await circle.ann.sends("audit", circle.hall)
    assert "page 1 of 2" in first
    second = await circle.ann.presses("Older")
    assert "page 2 of 2" in second
    assert "page 1 of 2" in await circle.ann.presses("Newer")
    post = circle.ann.answers()[-1].ref
    assert "leaders" in await circle.ben.chooses("audit:1:", post)
    for wrong in ("audit:", "audit:x", "audit:99999:"):
        assert re.search("out of date|page", await circle.ann.chooses(wrong, post))
    assert "page 2 of 2" in await circle.ann.chooses("audit:999:", post)
