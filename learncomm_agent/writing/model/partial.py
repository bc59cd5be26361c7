"""What has come so far of an answer in JSON that is still being written. Pure."""

import json
from typing import Any

_LONGEST = 50_000
"""Characters; beyond, no more objects are looked for."""


class Objects:
    """Reads the objects of the first list under a name, each as soon as it is whole."""

    def __init__(self, name: str, most: int) -> None:
        """Begin with nothing.

        Args:
            name: Of the list.
            most: So many objects are read at most.
        """
        self.found: list[dict[str, Any]] = []
        """The objects that are whole."""
        self._opening = f'"{name}"'
        self._most = most
        self._text = ""
        self._at: int | None = None
        """Where the next object is looked for; None before the list has begun."""
        self._decoder = json.JSONDecoder()

    def add(self, piece: str) -> bool:
        """Take the next piece of the text; return whether an object has become whole by it."""
        if len(self._text) + len(piece) > _LONGEST:
            return False
        self._text += piece
        if self._at is None:
            self._at = self._beginning()
        # An object is whole with a closing brace; before, there is no use in looking.
        if self._at is None or ("}" not in piece and self._at < len(self._text) - len(piece)):
            return False
        known = len(self.found)
        while len(self.found) < self._most and self._next():
            pass
        return len(self.found) > known

    def _beginning(self) -> int | None:
        """Return where the list begins, once it has."""
        at = self._text.find(self._opening)
        opened = self._text.find("[", at) if at >= 0 else -1
        between = self._text[at + len(self._opening) : opened] if opened >= 0 else ""
        return opened + 1 if opened >= 0 and between.strip(" \t\r\n:") == "" else None

    def _next(self) -> bool:
        """Read one more object, where a whole one stands."""
        assert self._at is not None
        start = self._at
        while start < len(self._text) and self._text[start] in " \t\r\n,":
            start += 1
        if start >= len(self._text) or self._text[start] != "{":
            return False
        try:
            found, end = self._decoder.raw_decode(self._text, start)
        except (ValueError, RecursionError):
            return False
        self._at = end
        self.found.append(found)
        return True
