"""Markdown: clean text under its headings; front matter as title, author, date and language."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from learncomm_agent.library.readers.about import author_of, published
from learncomm_agent.library.readers.cleaning import decoded
from learncomm_agent.library.readers.html import gather, parsed
from learncomm_agent.library.readers.outline import Outline
from learncomm_agent.library.resources import Reading, ResourceKind

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_PARSED_CHARS = 1_000_000
"""Larger documents are read as plain text: hostile ones take ten seconds a megabyte."""
_INLINE_CHARS = 100_000
"""Larger paragraphs keep their markup."""
_NESTING = 20
"""What is nested more deeply would be dropped by the parser, so it is read as plain text."""
_FRONT_MATTER = re.compile(
    r"\ufeff?---[ \t]*\r?\n(.{0,8000}?\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL
)
_BRACKETS = 200
"""Front matter with more is no such thing: its parser takes time by the square of their depth."""
_ASKED = ("title", "name", "language", "lang", "author", "authors", "date")
_TAG = re.compile(
    r"<!--|</?(?:a|abbr|b|bdi|bdo|big|br|center|cite|code|del|details|dfn|div|em|font|i|img|input|"
    r"ins|kbd|label|mark|p|picture|q|s|samp|small|source|span|strike|strong|sub|summary|sup|time|"
    r"tt|u|var|video|wbr)\b",
    re.IGNORECASE,
)


def markdown_file_reading(name: str, content: bytes) -> Reading:
    """Read a file that holds a Markdown document.

    Raises:
        UnreadableResourceError: It holds no text, or none in a known encoding.
    """
    return markdown_reading(name, decoded(name, content))


def markdown_reading(name: str, text: str) -> Reading:
    """Read a Markdown document (CommonMark with tables and strikethrough).

    Markup goes; the words of links and pictures stay, their addresses don't. Code stays as it is,
    lists keep their marks, a table's row becomes a line.

    Raises:
        UnreadableResourceError: It holds no text.
    """
    about, body = _front_matter(text)
    outline = Outline()
    tokens = _tokens(body)
    if tokens is None:
        outline.add(body)
    else:
        _Walk(outline).over(tokens)
    reading = outline.reading(
        name,
        ResourceKind.MARKDOWN,
        title=_text(about.get("title")) or _text(about.get("name")),
        language=_text(about.get("language")) or _text(about.get("lang")),
    )
    return replace(
        reading,
        author=author_of(about.get("author") or about.get("authors")),
        published_at=published(about.get("date")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Part the front matter's words from the text; what is no front matter stays text."""
    found = _FRONT_MATTER.match(text)
    if found is None:
        return {}, text
    brackets = found[1].count("[") + found[1].count("{")
    about = _mapping(found[1]) if brackets <= _BRACKETS else None
    return ({}, text) if about is None else (about, text[found.end() :])


def _mapping(front: str) -> dict[str, Any] | None:
    """Return what we ask for of a mapping in YAML, None where it is none.

    All of it is never made: a few lines of merges and aliases would become gigabytes.
    """
    from ruamel.yaml import YAML, MappingNode, ScalarNode, SequenceNode
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False
    about: dict[str, Any] = {}
    try:
        root = yaml.compose(front)
        if not isinstance(root, MappingNode):
            return None
        for key, value in root.value:
            if key.value in _ASKED and isinstance(value, ScalarNode):
                about[key.value] = yaml.constructor.construct_object(value)
            elif key.value in _ASKED and isinstance(value, SequenceNode):
                about[key.value] = [
                    each.value for each in value.value if isinstance(each, ScalarNode)
                ]
    except (YAMLError, ValueError, RecursionError):
        return None
    return about


def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": _NESTING})
    return parser.enable(["table", "strikethrough"])


def _tokens(text: str) -> "list[Token] | None":
    """Parse; None where the parser would take too long or drop something."""
    if len(text) > _PARSED_CHARS:
        return None
    parser = _parser()
    env: dict[str, Any] = {}
    # Inline markup is parsed apart, so that a huge paragraph can be left out of it.
    tokens = parser.disable("inline").parse(text, env)
    if any(token.level >= _NESTING - 1 for token in tokens):
        return None
    for token in tokens:
        token.children = None
        if token.type == "inline" and len(token.content) <= _INLINE_CHARS:
            token.children = []
            parser.inline.parse(token.content, parser, env, token.children)
    return tokens


class _Walk:
    """Where a walk over the tokens stands."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._numbers: list[bool] = []
        self._marker = ""
        self._begun = False
        self._cells: list[str] | None = None
        self._heading = 0

    def over(self, tokens: "Sequence[Token]") -> None:
        """Add all of them to the outline."""
        for token in tokens:
            if token.type == "inline":
                self._inline(_words(token))
            elif token.type in ("fence", "code_block"):
                self._outline.add(token.content)
            elif token.type == "html_block":
                self._html(token.content)
            else:
                self._structure(token)

    def _structure(self, token: "Token") -> None:
        match token.type:
            case "heading_open":
                self._heading = int(token.tag[1:])
            case "heading_close":
                self._heading = 0
            case "bullet_list_open" | "ordered_list_open":
                self._begun = bool(self._numbers)
                self._numbers.append(token.tag == "ol")
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
            case "list_item_open":
                mark = f"{token.info}." if self._numbers[-1] else "-"
                self._marker = "  " * (len(self._numbers) - 1) + mark + " "
            case "tr_open":
                self._cells = []
            case "tr_close":
                self._outline.add(" | ".join(self._cells or ()), tight=self._begun)
                self._cells, self._begun = None, True
            case "table_open":
                self._begun = False

    def _inline(self, text: str) -> None:
        if self._heading and not self._numbers:
            self._outline.heading(self._heading, text)
        elif self._cells is not None:
            self._cells.append(text.replace("\n", " "))
        elif self._numbers:
            indent = "  " * len(self._numbers)
            lines = text.replace("\n", "\n" + indent)
            self._outline.add((self._marker or indent) + lines, tight=self._begun)
            self._marker, self._begun = "", True
        else:
            self._outline.add(text)

    def _html(self, text: str) -> None:
        try:
            page = parsed(text)
        except ValueError:
            self._outline.add(text)
        else:
            if page is not None:
                gather(page, self._outline)


def _words(token: "Token") -> str:
    """Write the words of inline tokens: no marks, no addresses."""
    if token.children is None:
        return token.content
    said: list[str] = []
    for child in token.children:
        match child.type:
            case "softbreak":
                said.append(" ")
            case "hardbreak":
                said.append("\n")
            case "html_inline":
                said.append(_tag(child.content))
            case _:  # text, code, a picture's description; the marks around them have no content
                said.append(child.content)
    return "".join(said)


def _tag(text: str) -> str:
    """Drop a tag of HTML; keep `<your name>`, which is meant to be read."""
    if text.lower().startswith("<br"):
        return "\n"
    return "" if _TAG.match(text) else text
