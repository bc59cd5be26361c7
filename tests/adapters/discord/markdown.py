"""A small reader of Discord's Markdown, written after its apps' rules."""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Node(NamedTuple):
    """Something that a person sees: `inside` names the marks around it, outermost first."""

    kind: str
    text: str
    inside: tuple[str, ...] = ()


# In the order in which the apps try them; greedy and lazy as theirs.
BLOCKS = {
    "heading": r" *(#{1,3}) +((?:\\.|[^\n\\])+?)#*\s*(?:\n|$)",
    "subtext": r"-# +([^\n]+?)(?:\n|$)",
    "quote": r" *>>> ?([\s\S]*)|(?: *>(?!>>) [^\n]*(?:\n|$))+",
    "list": r"( *)(?:[*+-]|\d+[.)]) [\s\S]+?(?:\n{2,}(?! )(?!\1(?:[*+-]|\d+[.)]) )\n*|\s*$)",
}
SPANS = {
    "code_block": r"```(?:([a-zA-Z0-9_+.#-]+?)\n)?\n*([^\n][\s\S]*?)\n*```",
    "escape": r"\\([^0-9A-Za-z\s])",
    "link": r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?\s*\)",
    "address": r"<([^: >]+:/[^ >]+)>|(?:https?|steam)://[^\s<]+[^<.,:;\"')\]\s]",
    "invitation": r"discord(?:\.gg|\.gift|(?:app)?\.com/invite)/\w+",
    "mention": r"<(?:@[!&]?|#|/[^>:]+:|a?:\w+:|t:-?)\d+[^>]*>|<(?:\d+|id):\w+>|@everyone|@here",
    "emoji": r":[^\s:]+?:",
    "strong": r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)",
    "underline": r"__((?:\\[\s\S]|[^\\])+?)__(?!_)",
    "emphasis": r"_((?:__|\\[\s\S]|[^\\_])+?)_(?![0-9A-Za-z_])"
    r"|\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)",
    "struck": r"~~([\s\S]+?)~~(?!_)",
    "spoiler": r"\|\|([\s\S]+?)\|\|",
    "code": r"(`+)([\s\S]*?[^`])\1(?!`)",
}
RULES = {kind: re.compile(rule) for kind, rule in (BLOCKS | SPANS).items()}


def read(source: str, inside: tuple[str, ...] = (), at_start: bool = True) -> Iterator[Node]:
    """Yield what a person sees, piece by piece."""
    at = 0
    while at < len(source):
        found, kind = None, ""
        for kind, rule in RULES.items():
            is_late = kind in BLOCKS and (not at_start or "link" in inside)
            found = None if is_late else rule.match(source, at)
            if found and found.end() > at:
                break
        else:
            at_start = source[at] == "\n" or (at_start and source[at] == " ")
            yield Node("text", source[at], inside)
            at += 1
            continue
        assert found is not None
        at, within = found.end(), (*inside, kind)
        if kind in ("heading", "subtext", "strong", "underline", "emphasis", "struck", "spoiler"):
            words = next(group for group in reversed(found.groups()) if group is not None)
            yield from read(words, within)
        elif kind == "escape":
            yield Node("text", found[1], inside)
        elif kind == "link":
            yield Node("link", f"{found[1]}→{found[2]}", inside)
        elif kind == "quote":
            yield from read(re.sub(r"(?m)^ *>(?:>>)? ?", "", found[0]), within)
        elif kind == "list":
            for item in re.split(r"(?m)^(?=(?:[-*+]|\d+[.)]) )", found[0])[1:]:
                mark, words = item.split(" ", 1)
                yield Node("mark", mark, within)
                yield from read(re.sub(r"(?m)^ {1,2}", "", words.rstrip("\n")), within)
        else:
            text = found[2] if kind.startswith("code") else found[0]
            yield Node(kind, text.strip() if kind == "code" else text, inside)
        at_start = kind in BLOCKS or found[0].endswith("\n")
