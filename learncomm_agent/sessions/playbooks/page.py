"""A playbook's file while it is read: what stands where, and how a mistake in it is told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from learncomm_agent import templates
from learncomm_agent.documents import Document
from learncomm_agent.errors import PlaybookError, WordsError
from learncomm_agent.roots import nearest

MOST_CHARS = 2000
"""Of one thing that is said; a message of a chat holds about as many."""
MOST_LINE_CHARS = 300
_MOST_NODES = 10_000
_SCALARS = (str, bool, int, type(None))


class Page:
    """One file. Every mistake ends the reading: it names the file, the line and the nearest valid word."""

    def __init__(self, document: Document) -> None:
        """Look at a file.

        Raises:
            PlaybookError: It has no front matter, or one that is no plain YAML.
        """
        self.document = document
        if not document.front:
            self.fail_at(1, "a playbook begins with a front matter between two lines of `---`")
        self._check_plain(document.front)

    # Mistakes

    def fail(
        self,
        said: Any,
        key: Any,
        what: str,
        name: str = "",
        known: Iterable[str] = (),
    ) -> NoReturn:
        """Refuse the file for what stands under a key.

        Args:
            said: The mapping.
            key: Its key; where it is missing, the line of the mapping is named.
            what: What is wrong.
            name: The word that is not known.
            known: Those that would be.
        """
        near = nearest(name, tuple(str(each) for each in known)) if name else ""
        self.fail_at(self.line(said, key), f"{what}{near}")

    def fail_at(self, line: int, what: str) -> NoReturn:
        """Refuse the file for a line."""
        place = f"{self.document.path.name}:{line}"
        raise PlaybookError(f"{place}: {what}", place=place, what=what)

    def line(self, said: Any, key: Any = None) -> int:
        """Return the line of the file on which a key stands, or what holds it."""
        places = getattr(said, "lc", None)
        if places is None or places.line is None:
            return 2
        found = places.data or {}
        return int(found[key][0] if key in found else places.line) + 2

    def line_of_word(self, said: Mapping[str, Any], key: str, word: str) -> int:
        """Return the line on which a word stands in the text under a key."""
        text, line = said[key], self.line(said, key)
        if getattr(text, "style", None) != "|":  # only there the lines are those of the file
            return line
        before, found, _ = str(text).partition(word)
        return line + 1 + before.count("\n") if found else line

    # What stands under a key

    def known(self, said: Mapping[Any, Any], known: Sequence[str], what: str) -> None:
        """Refuse keys that mean nothing."""
        for key in said:
            if key not in known:
                self.fail(said, key, f"{what}: {key!r}", str(key), known)

    def mapping(self, said: Mapping[str, Any], key: str) -> Mapping[Any, Any]:
        """Return the mapping under a key; an empty one where there is none."""
        found = said.get(key)
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            self.fail(said, key, f"{key!r} is no list of names with what belongs to them")
        return found

    def text(self, said: Mapping[Any, Any], key: Any) -> str:
        """Return a text of one line that has to be there."""
        value = said.get(key)
        if not isinstance(value, str) or not value.strip():
            self.fail(said, key, f"{key!r} is missing, empty or no text")
        found = " ".join(value.split())
        if len(found) > MOST_LINE_CHARS:
            self.fail(said, key, f"{key!r} has more than {MOST_LINE_CHARS} characters")
        return found

    def scalar(self, said: Mapping[str, Any], key: str, default: str = "") -> str:
        """Return a text, or a number as a text; a default where there is none."""
        value = said.get(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return "yes" if value else "no"
        if not isinstance(value, str | int):
            self.fail(said, key, f"{key!r} is no text")
        if len(str(value)) > MOST_CHARS:
            self.fail(said, key, f"{key!r} has more than {MOST_CHARS} characters")
        return " ".join(str(value).split())

    def template(self, said: Mapping[str, Any], key: str, known: Iterable[str]) -> str:
        """Return words for members; every name that they fill in is known."""
        value = said[key]
        if not isinstance(value, str) or len(value) > MOST_CHARS:
            self.fail(said, key, f"{key!r} is no text of at most {MOST_CHARS} characters")
        try:
            used = templates.variables(value)
        except WordsError as error:
            line = getattr(error.__cause__, "lineno", None) or 1
            is_block = getattr(value, "style", None) == "|"
            what = str(error).partition("\n")[0]
            self.fail_at(self.line(said, key) + (line if is_block else 0), what)
        for name in sorted(used.difference(known)):
            near = nearest(name, tuple(known))
            line = self.line_of_word(said, key, name)
            self.fail_at(line, f"nothing is called {name!r}{near}")
        return str(value).strip()

    def flag(self, said: Mapping[str, Any], key: str) -> bool:
        """Return `true` or `false`; the latter where nothing is said."""
        value = said.get(key, False)
        if not isinstance(value, bool):
            self.fail(said, key, f"{key!r} is true or false")
        return bool(value)

    def number(self, said: Mapping[str, Any], key: str, default: int) -> int:
        """Return a whole number."""
        value = said.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 1_000_000:
            self.fail(said, key, f"{key!r} is no number, or one too great")
        return int(value)

    def _check_plain(self, front: Any) -> None:
        """Refuse what would grow when it is copied, and what is neither text, number, list nor mapping."""
        seen: set[int] = set()
        waiting: list[tuple[Any, int]] = [(front, 2)]
        while waiting:
            node, line = waiting.pop()
            if isinstance(node, _SCALARS):
                continue
            if id(node) in seen or getattr(node, "merge", None):
                self.fail_at(line, "a playbook has no anchors; write it out")
            seen.add(id(node))
            if len(seen) > _MOST_NODES:
                self.fail_at(line, "a playbook is not that long")
            if not isinstance(node, Mapping | list):
                self.fail_at(line, "neither text, whole number, list nor names: put it in quotes")
            waiting += self._inside(node)

    def _inside(self, node: Any) -> Iterator[tuple[Any, int]]:
        if isinstance(node, Mapping):
            for key, each in node.items():
                if not isinstance(key, str):
                    self.fail_at(self.line(node, key), f"{str(key)[:40]!r} is no name")
                yield each, self.line(node, key)
        else:
            for index, each in enumerate(node):
                yield each, self.line(node, index)


def plain(value: Any) -> Any:
    """Return what YAML read as plain lists and dictionaries."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, bool) or value is None:
        return value
    return str(value) if isinstance(value, str) else int(value)
