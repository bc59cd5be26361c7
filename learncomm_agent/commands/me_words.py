"""The words of `me export`, for the file that people read: what kinds, fields and values are called."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from learncomm_agent.commands.context import Context
from learncomm_agent.commands.me_page import counted
from learncomm_agent.commands.profile_words import hours_told
from learncomm_agent.commands.reminders_words import clock
from learncomm_agent.errors import WordsError
from learncomm_agent.templates import language_name

_CODED = frozenset(
    {"action", "consent", "kind", "kinds", "mode", "named", "role", "state", "stopped"}
)
"""Fields whose values are words of programs."""


class ExportWords:
    """Says things of a dossier to whoever it is of. Reads files."""

    def __init__(self, context: Context, counts: Mapping[str, int]) -> None:
        """Take what speaks to them, and how much there is of each kind."""
        self._context = context
        self._counts = counts

    def noun(self, noun: str) -> str:
        """Return what a kind of things is called, and how much there is of it."""
        return counted(self._context, noun, self._counts[noun])

    def field(self, name: str) -> str:
        """Return what a field is called."""
        return self._known(f"dossier.field.{name}", name)

    def value(self, name: str, value: Any) -> str:
        """Return what a field holds; what nobody has words for stands as it is."""
        say = self._context.layout.phrase
        if isinstance(value, bool):
            return say("dossier.yes" if value else "dossier.no")
        if isinstance(value, datetime):
            return say("dossier.moment", at=value)
        match name, value:
            case "starts" | "ends", int():
                return clock(value)
            case "hours", int():
                hours = hours_told([value], self._context.label)
                return say("profile.hours_plain", hours=hours).strip()
            case "read", float():
                return say("letter.percent", share=round(100 * value))
            case "language" | "languages", str():
                return language_name(value, self._context.language)
        if name in _CODED:
            called = str(value).replace(" ", "_")
            group = "audit.act" if name == "action" else "dossier.word"
            return self._known(f"{group}.{called}", str(value))
        return str(value)

    def _known(self, phrase: str, otherwise: str) -> str:
        try:
            return self._context.layout.phrase(phrase)
        except WordsError:
            return otherwise.replace("_", " ")
