"""What Discord tells and discord.py can't read: counted and left out, in our own bot.

discord.py reads an event with one parser each. What a parser raises ends the whole client, with all its
servers; and Discord adds and leaves out fields as it likes. So one event that can't be read is lost alone; a message that was in it is found when its
room is read again, after the next gap or start.
"""

import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from learncomm_agent.log import logger

Parse = Callable[[Any], None]
_NEEDED = frozenset({"READY", "RESUMED"})
"""Without these nothing else is understood: the connection is better begun anew."""
_OF_SERVERS = frozenset({"GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE"})
_log = logger(__name__)


class Parsers(dict[str, Parse]):
    """The parsers of a client by event, each of which leaves out what it can't read."""

    def __init__(self, parsers: Mapping[str, Parse]) -> None:
        """Guard what discord.py brought."""
        super().__init__()
        self.unreadable: Counter[int] = Counter()
        """How many events were left out, by the server they came from; 0 is none."""
        self.unknown = 0
        """How many events came that discord.py knows nothing of."""
        self._met: set[str] = set()
        for event, parse in parsers.items():
            self[event] = parse if event in _NEEDED else self._guarded(event, parse)

    def __missing__(self, event: str) -> Parse:
        """Count an event that nobody reads; discord.py goes on after a `KeyError`."""
        self.unknown += 1
        raise KeyError(event)

    def _guarded(self, event: str, parse: Parse) -> Parse:
        def parsed(data: Any) -> None:
            try:
                parse(data)
            except Exception as error:  # of whatever kind: the next event may be for another server
                self._leave_out(event, _server(event, data), error)

        return parsed

    def _leave_out(self, event: str, guild: int, error: Exception) -> None:
        self.unreadable[guild] += 1
        if event not in self._met:  # what comes once may come a thousand times
            self._met.add(event)
            # Neither the message nor the event itself: both can hold members' words.
            at = traceback.extract_tb(error.__traceback__)[-1]
            kind = type(error).__name__
            _log.error("event not readable", kind=event, guild=guild, error=kind, at=at.name)


def _server(event: str, data: Any) -> int:
    """Return the id of the server that an event is about; 0 where it does not say."""
    try:
        return int(data["id" if event in _OF_SERVERS else "guild_id"])
    except (KeyError, TypeError, ValueError):
        return 0
