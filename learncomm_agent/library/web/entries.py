"""An entry of a feed, as a resource: its page, or what the feed holds of it."""

from learncomm_agent.chat.people import Consent
from learncomm_agent.clock import Clock
from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.readers.feed import Entry
from learncomm_agent.library.resources import Reading, ResourceKind, Section, Share
from learncomm_agent.library.web.addresses import kept_as
from learncomm_agent.library.web.following import digests
from learncomm_agent.library.web.pages import Pages
from learncomm_agent.log import logger
from learncomm_agent.storage import communities, feeds, members, pages, rooms, shares
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.feeds import Subscription
from learncomm_agent.words import Words

_log = logger(__name__)


class Entries:
    """Brings entries into the library, with the feed as their source."""

    def __init__(
        self, database: Database, pages: Pages, adding: Adding, words: Words, clock: Clock
    ) -> None:
        """Take what it needs."""
        self._database = database
        self._pages = pages
        self._adding = adding
        self._words = words
        self._clock = clock

    async def bring(self, feed: Subscription, entry: Entry, language: str | None) -> bool:
        """Bring one entry, and mark it; False where the feed has ended meanwhile.

        One that was brought before and has changed comes again only where it is still there: what was
        forgotten stays so.
        """
        share, is_forgotten = await self._database.read(
            lambda conn: (self._share(conn, feed), _is_forgotten(conn, feed, entry))
        )
        if not is_forgotten and not await self._page(feed, entry, share):
            await self._own(feed, entry, share, language)

        def mark(conn: Connection) -> bool:
            if feeds.get(conn, feed.id) is None:
                return False
            feeds.mark(conn, feed.id, dict((digests(entry),)), self._clock.now())
            return True

        return await self._database.write(mark)

    def _share(self, conn: Connection, feed: Subscription) -> Share:
        """Return the share of a feed: in the name of whoever wished it, unless they opted out since."""
        community = communities.get(conn, feed.community)
        words = self._words.for_community(community.slug)
        spoken = rooms.language(conn, feed.room) or community.language
        comment = words.phrase("feeds.from", language=spoken, feed=feed.title)
        member = feed.member
        if member is not None and members.get(conn, member).consent is Consent.OUT:
            member = None
        return Share(feed.room, member, comment=comment)

    async def _page(self, feed: Subscription, entry: Entry, share: Share) -> bool:
        """Add the page of an entry; False where there is none, or it can't be had."""
        if entry.link is None:
            return False
        try:
            addition = await self._pages.add(feed.community, entry.link, share)
        except UnreadableResourceError as error:
            _log.info("page of an entry not added", feed=feed.id, reason=str(error))
            return False
        return addition.resources > 0

    async def _own(
        self, feed: Subscription, entry: Entry, share: Share, language: str | None
    ) -> None:
        """Add what the feed itself holds of an entry; its page is better, if that was fetched once."""
        link = kept_as(entry.link or "")

        def join(conn: Connection) -> bool:
            page = link and pages.at(conn, feed.community, link)
            if page:
                shares.add(conn, feed.community, page, share, self._clock.now())
            return bool(page)

        sections = entry.sections or ((Section(entry.title),) if entry.title else ())
        if await self._database.write(join) or not sections:
            return
        reading = Reading(
            source=link or _own_source(feed, entry),
            kind=ResourceKind.HTML,
            title=entry.title,
            sections=sections,
            language=language,
            author=entry.author,
            published_at=entry.published_at,
            address=link,
        )
        await self._adding.add(feed.community, [reading], share)


def _own_source(feed: Subscription, entry: Entry) -> str:
    return f"{feed.address}#{digests(entry)[0]}"


def _is_forgotten(conn: Connection, feed: Subscription, entry: Entry) -> bool:
    """Whether an entry was brought before, and is not there any more."""
    if digests(entry)[0] not in feeds.seen(conn, feed.id):
        return False
    names = [name for name in (kept_as(entry.link or ""), _own_source(feed, entry)) if name]
    return not feeds.is_there(conn, feed.community, feed.room, names)
