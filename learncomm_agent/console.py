"""One call of the command line: its settings, its words, and what it prints for people or programs."""

import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from learncomm_agent import log
from learncomm_agent.agent import Agent
from learncomm_agent.beside import Beside
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import StorageError, StoreLockedError
from learncomm_agent.settings import Settings
from learncomm_agent.words import Words


class Console:
    """What every call needs."""

    def __init__(self, settings: Settings, language: str, close_log: Callable[[], None]) -> None:
        """Keep the settings, and the language that this terminal speaks."""
        self.settings = settings
        self.language = language
        self.words = Words(data=settings.data)
        self.clock = SystemClock()
        self.close = close_log
        """Closes the log, when the call is over."""

    @classmethod
    def open(
        cls, data: Path | None, settings: Path | None, language: str, *, has_log: bool = True
    ) -> "Console":
        """Read the settings, and have the log written into the data folder.

        Args:
            data: The data folder that was asked for.
            settings: The settings file that was asked for.
            language: What this terminal speaks.
            has_log: False leaves the data folder alone: it is to be put aside, and must not be in use.

        Raises:
            SettingsError: With every mistake at once.
            StorageError: There can be no data folder there.
        """
        chosen = Settings.load(settings, os.environ, data)
        if not has_log:
            return cls(chosen, language, lambda: None)
        try:
            chosen.data.mkdir(parents=True, exist_ok=True)
            close_log = log.configure_file(
                chosen.data / log.FILE, level=chosen.log.level, form=chosen.log.format
            )
        except OSError as error:
            raise StorageError(
                f"no data folder {str(chosen.data)!r}: {error.strerror}",
                phrase="error.data_folder",
                folder=str(chosen.data),
            ) from error
        return cls(chosen, language, close_log)

    @asynccontextmanager
    async def library(self) -> AsyncIterator[Agent | Beside]:
        """Open the store, or look at it beside the process that holds it, by words alone."""
        try:
            async with Agent(self.settings) as agent:
                yield agent
        except StoreLockedError:
            self.note("cli.beside")
            async with Beside(self.settings, self.clock) as beside:
                yield beside

    def label(self, key: str, **values: object) -> str:
        """Return a sentence in the language of this terminal."""
        return self.words.phrase(key, language=self.language, **values)

    def say(self, key: str, **values: object) -> None:
        """Print a sentence."""
        print(self.label(key, **values))

    def note(self, key: str, **values: object) -> None:
        """Say something beside the output, which programs may read."""
        print(self.label(key, **values), file=sys.stderr)

    def json(self, value: object) -> None:
        """Print a value as one line of JSON."""
        print(json.dumps(value, ensure_ascii=False), flush=True)
