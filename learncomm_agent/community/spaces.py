"""Which community a space belongs to."""

import hashlib
import re

from learncomm_agent.chat.people import Community, CommunityId, SpaceRef
from learncomm_agent.clock import Clock
from learncomm_agent.library.starter import Starter
from learncomm_agent.settings import CommunitySettings
from learncomm_agent.storage import communities
from learncomm_agent.storage.database import Connection


class Spaces:
    """Opens the community of the settings, and a community of its own for every other space."""

    def __init__(self, settings: CommunitySettings, starter: Starter, clock: Clock) -> None:
        """Take what it needs."""
        self._settings = settings
        self._starter = starter
        self._clock = clock

    def open(self, conn: Connection) -> Community:
        """Return the community of the settings, made or brought up to date."""
        return self._ensure(conn, self._settings.slug, self._settings.name)

    def look_up(self, conn: Connection, space: SpaceRef) -> Community:
        """Return the community of a space and make none; as it would be made where it was never seen."""
        known = communities.of_space(conn, space)
        if known is not None:
            return communities.get(conn, known[1])
        slug, name = self._named(space)
        settings = self._settings
        new = Community(CommunityId(0), name, settings.language, settings.timezone, slug)
        return communities.of_slug(conn, slug) or new

    def join(self, conn: Connection, space: SpaceRef) -> CommunityId:
        """Return the community of a space that was never seen."""
        return self._ensure(conn, *self._named(space)).id

    def _named(self, space: SpaceRef) -> tuple[str, str]:
        """Return the slug and the name of the community that a space belongs to."""
        name = f"{space.platform}:{space.id}"
        if name in self._settings.spaces:
            return self._settings.slug, self._settings.name
        return slug_of(name), name

    def _ensure(self, conn: Connection, slug: str, name: str) -> Community:
        community = communities.ensure(
            conn,
            slug,
            name=name,
            language=self._settings.language,
            timezone=self._settings.timezone,
            now=self._clock.now(),
        )
        self._starter.add(conn, community.id, slug)
        return community


def is_named(community: Community) -> bool:
    """Whether people gave it a name, beside the one that settings bring and the address of a space."""
    unnamed = CommunitySettings.model_fields["name"].default
    return community.name != unnamed and community.slug != slug_of(community.name)


def slug_of(name: str) -> str:
    """Return a folder's name for a space; two spaces never share one, however alike they are named."""
    readable = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".strip("-")
