"""Completes what is being typed: commands with their help, names, rooms, paths."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from learncomm_agent.commands.declaration import Catalogue, OptionKind
from learncomm_agent.errors import WordsError
from learncomm_terminal.lines import OWN

if TYPE_CHECKING:
    from prompt_toolkit.completion import CompleteEvent, Completer


class Names:
    """All that can be completed."""

    def __init__(
        self,
        catalogue: Catalogue,
        phrase: Callable[[str], str],
        members: Callable[[], Iterable[str]],
        rooms: Callable[[], Iterable[str]],
    ) -> None:
        """Take what names there are, asked anew at each key."""
        self._catalogue = catalogue
        self._phrase = phrase
        self._after = {"as": members, "invite": members, "room": rooms}

    def commands(self) -> Iterator[tuple[str, str]]:
        """Yield each command and one sentence about it."""
        for command in self._catalogue.commands:
            yield command.name, self._help(f"command.{command.name}.help")
        for name in OWN:
            yield name, self._help(f"terminal.key.{name}").partition(": ")[2]

    def after(self, word: str) -> Iterable[str]:
        """Return what may stand behind a command of the terminal."""
        return self._after[word]() if word in self._after else ()

    def takes_file(self, word: str) -> bool:
        """Whether a path may stand behind a command."""
        command = self._catalogue.find(word)
        options = () if command is None else command.options
        return any(option.kind is OptionKind.FILE for option in options)

    def completer(self) -> "Completer":
        """Return them in the form that the prompt takes."""
        from prompt_toolkit.completion import Completer, Completion, PathCompleter
        from prompt_toolkit.document import Document

        names, paths = self, PathCompleter(expanduser=True)

        class Words(Completer):
            def get_completions(
                self, document: Document, complete_event: "CompleteEvent"
            ) -> Iterator[Completion]:
                """Yield what fits to the text before the cursor."""
                word, space, rest = document.text_before_cursor.partition(" ")
                if not word.startswith("/"):
                    return
                if not space:
                    for name, help in names.commands():
                        if name.startswith(word[1:].casefold()):
                            yield Completion(f"/{name}", -len(word), display_meta=help)
                elif names.takes_file(word[1:]):
                    yield from paths.get_completions(Document(rest), complete_event)
                else:
                    for name in names.after(word[1:]):
                        if name.casefold().startswith(rest.casefold()):
                            yield Completion(name, -len(rest))

        return Words()

    def _help(self, key: str) -> str:
        try:
            return self._phrase(key)
        except WordsError:  # a plugin's command may come without a sentence
            return ""
