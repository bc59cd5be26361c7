"""Who reads what, compared with discord.py's own account on its own objects."""

import discord
import pytest

from tests.adapters.discord.permission_sets import (
    CONNECT,
    GUILD,
    HISTORY,
    MEMBERS,
    TEXT,
    VIEW,
    VOICE,
    Server,
    differences,
    overwrite,
)

SETS = 5000


async def test_in_thousands_of_random_sets_the_answers_are_discord_pys() -> None:
    assert await differences(SETS, seed=11) == []


async def test_witnesses_of_three_roles_are_found() -> None:
    """One role lets view, another join; a third is kept out elsewhere, and no two of them show it."""
    server = Server(roles=3, channels=2)
    one, two, three = server.roles
    here, there = server.channels
    server.gives(GUILD, VIEW | HISTORY)
    server.puts(
        here,
        VOICE,
        [
            overwrite(GUILD, deny=VIEW | CONNECT),
            overwrite(one, allow=VIEW),
            overwrite(two, allow=CONNECT),
        ],
    )
    server.puts(there, TEXT, [overwrite(three, deny=VIEW)])
    await server.changed()
    assert await server.shown_in(here) == {here}
    server.puts(there, TEXT, [overwrite(three, deny=VIEW), overwrite(two, allow=VIEW)])
    await server.changed()
    assert await server.shown_in(here) == {here, there}


@pytest.mark.parametrize("gap", ["on_disconnect", "on_shard_disconnect"])
async def test_rules_are_forgotten_once_changes_can_be_missed(gap: str) -> None:
    server = Server(roles=1, channels=2)
    hall, den = server.channels
    server.gives(GUILD, VIEW | HISTORY)
    assert await server.shown_in(hall) == {hall, den}
    server.puts(den, TEXT, [overwrite(GUILD, deny=VIEW)])
    await server.readers.listeners()[gap]()
    assert await server.shown_in(hall) == {hall}


@pytest.mark.parametrize("kind", [TEXT, VOICE])
async def test_whoever_sees_a_reply_and_can_not_look_back_elsewhere_counts(kind: int) -> None:
    """New ones see what is posted now and nothing older; a reply must not tell them what that was."""
    server = Server(roles=1, channels=3)
    (known,) = server.roles
    hall, den, cellar = server.channels
    server.gives(GUILD, VIEW | CONNECT)
    server.gives(known, HISTORY)
    server.puts(hall, kind, [])
    server.puts(den, TEXT, [overwrite(GUILD, deny=VIEW), overwrite(known, allow=VIEW)])
    server.puts(cellar, TEXT, [overwrite(GUILD, allow=HISTORY)])
    await server.changed()
    assert await server.shown_in(hall) == {
        hall,
        cellar,
    }  # what stands there itself may be spoken of
    assert await server.shown_in(den) == {hall, den, cellar}
    assert await server.shown_in(cellar) == {cellar}


async def test_guests_of_a_call_read_nothing_of_the_server() -> None:
    server = Server(roles=1, channels=1)
    server.gives(GUILD, VIEW | HISTORY)
    assert await server.read_by(MEMBERS[0]) == {*server.channels}
    server.member(MEMBERS[0], ())._flags = discord.MemberFlags(guest=True).value
    assert await server.read_by(MEMBERS[0]) == set()


async def test_what_is_for_adults_is_shown_among_adults_alone() -> None:
    server = Server(roles=1, channels=3)
    server.gives(GUILD, VIEW | HISTORY)
    hall, bar, cellar = server.channels
    for id in (bar, cellar):
        server.puts(id, TEXT, [], nsfw=True)
    await server.changed()
    assert await server.shown_in(hall) == await server.read_by(MEMBERS[0]) == {hall}
    assert await server.shown_in(bar) == {hall, bar, cellar}
