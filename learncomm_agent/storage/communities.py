"""Communities and the spaces where they meet."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from learncomm_agent.chat.people import Community, CommunityId, SpaceId, SpaceRef
from learncomm_agent.storage import state
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import communities, spaces

_CHOSEN = "set up:"


def ensure(
    conn: Connection, slug: str, *, name: str, language: str, timezone: str, now: datetime
) -> Community:
    """Return the community of this slug, made if need be; its settings follow the values given.

    But for what its leaders chose themselves.
    """
    known = of_slug(conn, slug)
    values = {"name": name, "language": language, "timezone": timezone}
    values |= {} if known is None else chosen(conn, known.id)
    made = insert(communities).values(slug=slug, created_at=now, **values)
    conn.execute(made.on_conflict_do_update(index_elements=["slug"], set_=values))
    row = conn.execute(sa.select(communities).where(communities.c.slug == slug)).one()
    return _community(row)


def get(conn: Connection, community: CommunityId) -> Community:
    """Return a community by its id."""
    return _community(
        conn.execute(sa.select(communities).where(communities.c.id == community)).one()
    )


def all_ids(conn: Connection) -> list[CommunityId]:
    """Return the ids of all communities, in the order in which they were made."""
    ids = conn.execute(sa.select(communities.c.id).order_by(communities.c.id)).scalars()
    return [CommunityId(id) for id in ids]


def of_slug(conn: Connection, slug: str) -> Community | None:
    """Return the community of this slug; None where there is none yet."""
    row = conn.execute(sa.select(communities).where(communities.c.slug == slug)).first()
    return None if row is None else _community(row)


def of_space(conn: Connection, ref: SpaceRef) -> tuple[SpaceId, CommunityId] | None:
    """Return the ids of a space and of its community; None where it is not known."""
    known = sa.select(spaces.c.id, spaces.c.community_id).where(
        spaces.c.platform == ref.platform, spaces.c.platform_id == ref.id
    )
    row = conn.execute(known).first()
    return None if row is None else (SpaceId(row[0]), CommunityId(row[1]))


def choose(conn: Connection, community: CommunityId, now: datetime, **values: str) -> None:
    """Keep a language or a time zone that leaders chose; it goes before the settings, also later."""
    conn.execute(sa.update(communities).where(communities.c.id == community).values(**values))
    state.put(conn, f"{_CHOSEN}{community}", {**chosen(conn, community), **values}, now)


def chosen(conn: Connection, community: CommunityId) -> dict[str, str]:
    """Return what leaders chose of a language and a time zone, by name."""
    found = state.get(conn, f"{_CHOSEN}{community}")
    return {} if found is None else dict(found[0])


def choose_reaction(conn: Connection, community: CommunityId, reaction: str | None) -> None:
    """Keep which reaction brings what a message holds into the library; none where None."""
    chosen = sa.update(communities).where(communities.c.id == community)
    conn.execute(chosen.values(reaction=reaction))


def reactions(conn: Connection) -> dict[CommunityId, str]:
    """Return the reactions that leaders chose."""
    chosen = sa.select(communities.c.id, communities.c.reaction).where(
        communities.c.reaction.is_not(None)
    )
    return {CommunityId(row.id): row.reaction for row in conn.execute(chosen)}


def add_space(conn: Connection, community: CommunityId, ref: SpaceRef) -> SpaceId:
    """Add a space to a community."""
    added = sa.insert(spaces).values(
        community_id=community, platform=ref.platform, platform_id=ref.id
    )
    return SpaceId(conn.execute(added.returning(spaces.c.id)).scalar_one())


def _community(row: sa.Row[*tuple[Any, ...]]) -> Community:
    return Community(
        id=CommunityId(row.id),
        name=row.name,
        language=row.language,
        timezone=row.timezone,
        slug=row.slug,
    )
