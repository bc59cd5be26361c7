"""Everything about one member: the one list of what is kept of them where, by which it is shown, exported and erased.

A test holds that no column that refers to a member or an account is missing here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.sessions.running import taking_part
from learncomm_agent.storage import actions as promises
from learncomm_agent.storage import (
    kept,
    kept_between,
    pulses,
    ratings,
    salts,
    unnaming,
    work_of,
)
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import accounts, audit, messages, shares, writings
from learncomm_agent.storage.schema_growing import goals, publications
from learncomm_agent.storage.schema_linking import link_codes, link_tries
from learncomm_agent.storage.schema_matching import avoided, matched, profiles
from learncomm_agent.storage.schema_nudges import nudged, nudges, quiet, recurring
from learncomm_agent.storage.schema_promises import actions
from learncomm_agent.storage.schema_reading import thanks, told
from learncomm_agent.storage.schema_sources import feeds
from learncomm_agent.storage.schema_writing import drafts, edits, proposals, speakers, votes

OfMember = Callable[[Connection, MemberId], list[dict[str, Any]]]
Erase = Callable[[Connection, MemberId], None]
Column = sa.Column[Any]


def _with_forgetting(conn: Connection, member: MemberId) -> None:
    """Leave it to `library.forgetting`, which follows what was made of it."""


def _with_the_row(conn: Connection, member: MemberId) -> None:
    """Leave it to the row of the member, with which it goes."""


def _with_the_key(conn: Connection, member: MemberId) -> None:
    """Leave it under its key, with which it goes: or whoever is erased and comes again could speak without end."""


def _promises(conn: Connection, member: MemberId) -> None:
    """Let nobody know what they took on, or what came of it."""
    promises.erase(conn, member)


@dataclass(frozen=True, slots=True)
class Keeper:
    """One kind of what is kept of members."""

    noun: str
    """As in the phrases under `dossier`, and in what is exported."""
    of_member: OfMember
    """Returns what there is of one, as JSON but for moments."""
    columns: tuple[Column, ...] = ()
    """Those that it covers, of members and of accounts."""
    erase: Erase = _with_forgetting
    """Takes it out, beside what forgetting does."""


KEEPERS: tuple[Keeper, ...] = (
    Keeper("profile", kept.profile, erase=_with_the_row),
    Keeper(
        "accounts",
        kept.places,
        (accounts.c.member_id, told.c.account_id, link_codes.c.account_id, link_tries.c.account_id),
        _with_the_row,
    ),
    Keeper("messages", kept.said, (messages.c.account_id,)),
    Keeper("shares", kept.shared, (shares.c.member_id,)),
    Keeper("asked", kept.asked, (writings.c.member_id,)),
    Keeper("thanks", kept.thanked, (thanks.c.giver_id, thanks.c.receiver_id)),
    Keeper("sessions", taking_part.of_member),
    Keeper("votes", kept.voted, (votes.c.member_id,)),
    Keeper("questions", kept.proposed, (proposals.c.member_id,)),
    Keeper("drafts", kept.decided, (drafts.c.decided_by,)),
    Keeper("edits", kept.edited, (edits.c.member_id,)),
    Keeper("records", kept.spoke, (speakers.c.member_id,)),
    Keeper("feeds", kept.follows, (feeds.c.member_id,), _with_the_row),
    Keeper("promises", kept_between.promised, (actions.c.owner_id, actions.c.added_by), _promises),
    Keeper(
        "help",
        kept_between.offers,
        (profiles.c.member_id, avoided.c.member_id, avoided.c.other_id),
        _with_the_row,
    ),
    Keeper("met", kept_between.met, (matched.c.member_id,), _with_the_row),
    Keeper("goals", kept_between.aims, (goals.c.member_id,)),
    Keeper("pulses", pulses.of_member, erase=pulses.erase),
    Keeper("ratings", ratings.of_member, erase=ratings.erase),
    Keeper("marks", salts.of_member, erase=_with_the_key),
    Keeper(
        "told",
        kept_between.told,
        (nudges.c.member_id, nudged.c.member_id, quiet.c.member_id),
        _with_the_row,
    ),
    Keeper("orders", kept_between.ordered, (recurring.c.account_id,), _with_the_row),
    Keeper("published", kept_between.published, (publications.c.account_id,), _with_the_row),
    Keeper("choices", kept.chose, erase=_with_the_row),
    Keeper("waiting", kept.waits, erase=work_of.drop),
    Keeper("acts", kept.did, (audit.c.account_id,), _with_the_row),
)
"""In the order in which they are shown. What was put in without a name is in none: nobody can tell whose it is."""

Dossier = Mapping[str, list[dict[str, Any]]]


def of_member(conn: Connection, member: MemberId) -> Dossier:
    """Return everything that is kept of a member, by its noun; moments are moments yet."""
    return {keeper.noun: keeper.of_member(conn, member) for keeper in KEEPERS}


def counts(conn: Connection, member: MemberId) -> dict[str, int]:
    """Return how much there is of each kind, by its noun."""
    return {noun: len(rows) for noun, rows in of_member(conn, member).items()}


def erase(conn: Connection, community: CommunityId, member: MemberId) -> tuple[int, ...]:
    """Take out what is left of a member once what they wrote and shared is forgotten; return what showed it.

    Their names go from what stands, and the member with their accounts.
    """
    names = unnaming.names_of(conn, community, member)
    changed = unnaming.in_writings(conn, community, member, names)
    for keeper in KEEPERS:
        keeper.erase(conn, member)
    work_of.unname(conn, member, names)
    unnaming.alone(conn, community, names)
    unnaming.away(conn, member)
    return changed
