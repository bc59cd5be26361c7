"""What the cast says: sentences from a table, drawn so that none comes again before all others came. Pure."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from learncomm_agent.errors import WordsError

PUT, SAY = "put", "say"
_OTHERWISE = {PUT: "idea", SAY: "remark"}


class Lines:
    """The words of one rehearsal. Its draws depend on the seed alone."""

    def __init__(self, table: Mapping[str, Any], random: Random, topic: str = "") -> None:
        """Take the table `knowledge/rehearsal/<language>.toml`.

        Raises:
            WordsError: Something is missing in it.
        """
        self._table = table
        self._random = random
        self._topic = topic
        self._decks: dict[tuple[str, str], list[str]] = {}
        for part in (PUT, SAY):
            if not self._some(part, _OTHERWISE[part]):
                raise WordsError(f"rehearsal: nothing in [{part}] {_OTHERWISE[part]}")

    def put(self, what: str) -> str:
        """Return something to put in, where such a thing is asked for."""
        return self._draw(PUT, what)

    def say(self, what: str) -> str:
        """Return something to say in the room."""
        return self._draw(SAY, what)

    def _draw(self, part: str, what: str) -> str:
        deck = self._decks.setdefault((part, what), [])
        if not deck:
            deck += self._some(part, what) or self._some(part, _OTHERWISE[part])
            self._random.shuffle(deck)
        return deck.pop().replace("{topic}", self._topic)

    def _some(self, part: str, what: str) -> Sequence[str]:
        found = self._table.get(part, {}).get(what, ())
        return [each for each in found if isinstance(each, str) and each.strip()]
