"""Posts that are edited when what they rest on has gone."""

from dataclasses import replace

import pytest

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.storage.audit import entries
from learncomm_agent.storage.due import dead_letters
from learncomm_agent.testing.community import Circle


async def long_summary(circle: Circle) -> list[str]:
    """Post a summary of many parts; return the texts of its parts."""
    circle.platform.can = replace(circle.platform.can, max_text=220)
    for name in ("tea", "bread", "soup", "cake", "fruit", "salad"):
        await circle.ben.says(f"I will bring the {name} by Friday.", circle.hall)
    await circle.ann.publishes("summary", circle.hall)
    return [post.text for post in circle.ann.seen_in(circle.hall)]


async def test_a_post_of_many_parts_shrinks_part_by_part(circle: Circle) -> None:
    before = await long_summary(circle)
    assert len(before) > 2
    said = [
        post
        for post in circle.platform.seen_by(circle.ben.account)
        if post.message.author == circle.ben.account.ref
    ]
    for count, post in enumerate(said[:5], start=1):
        await circle.ben.deletes(post.ref)
        shown = "\n".join(each.text for each in circle.ann.seen_in(circle.hall))
        gone = post.text.split()[4]
        assert gone not in shown
        assert shown.count("gone from here") == 1
        assert shown.count("What was said in hall") == 1, f"after {count} deletions"
    assert len(circle.ann.seen_in(circle.hall)) <= len(before)


async def test_where_nothing_can_be_edited_the_audit_says_what_was_not_reached(
    circle: Circle,
) -> None:
    promise = await circle.ben.says("I will bring the tea by Friday.", circle.hall)
    await circle.ann.asks("summary", circle.hall)
    circle.platform.can = replace(circle.platform.can, edits=Level.FALLBACK)
    await circle.ben.deletes(promise)
    community = circle.agent.community.id
    log = await circle.agent.house.database.read(lambda conn: entries(conn, community))
    assert [action for _, action, _ in log if action == "mend"] == ["mend"]
    assert await circle.agent.house.database.read(dead_letters) == []


@pytest.mark.parametrize("after_delivery", [False, True])
async def test_a_lost_connection_while_mending_is_made_up_for(
    circle: Circle, after_delivery: bool
) -> None:
    await long_summary(circle)
    said = circle.platform.seen_by(circle.ben.account)[0]
    circle.platform.lose_connection(after_delivery=after_delivery, times=2)
    await circle.ben.deletes(said.ref)
    for _ in range(4):
        await circle.clock.advance(60)
        await circle.settle()
    assert not any("bring the tea" in each.text for each in circle.platform.posts)
    shown = "\n".join(each.text for each in circle.ann.seen_in(circle.hall))
    assert shown.count("gone from here") == 1


async def test_the_edit_of_a_shared_message_takes_its_old_words_out_of_answers(
    circle: Circle,
) -> None:
    secret = await circle.ben.says("The secret handshake is called marmalade.", circle.hall)
    await circle.chloe.asks(f"share message={secret.id}", circle.hall)
    await circle.ann.asks("what is the secret handshake called?", circle.hall)
    assert "marmalade" in circle.ann.answers()[-1].text
    await circle.ben.edits(secret, "The greeting is a nod.")
    left = [post.text for post in circle.platform.posts if "marmalade" in post.text]
    assert left == []


async def test_a_mentioned_link_goes_with_its_message(circle: Circle) -> None:
    link = await circle.ben.says("Look at https://example.org/secret-page for it.", circle.hall)
    await circle.chloe.says("I will bring the tea by Friday.", circle.hall)
    assert "secret-page" in await circle.ann.publishes("summary", circle.hall)
    await circle.ben.deletes(link)
    assert not any("secret-page" in post.text for post in circle.platform.posts)
