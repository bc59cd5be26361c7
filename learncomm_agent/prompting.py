"""The prompts of a community: which there are, which are its own, and how they differ from the shipped ones."""

from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from learncomm_agent.console import Console
from learncomm_agent.documents import Document, read_text
from learncomm_agent.errors import NotFoundError, UsageError, WordsError
from learncomm_agent.roots import nearest
from learncomm_agent.words import Words

CONTEXT = 3
"""Lines around a difference that are shown with it."""


def listed(console: Console, *, as_json: bool) -> None:
    """Name all prompts, what each is for, and whether the community's own file is used."""
    words = _words(console)
    found = words.prompts()
    own = {each.name for each in found if _is_own(console, each)}
    problems = [each for each in words.problems() if each.startswith("prompts/")]
    if as_json:
        prompts = [
            {
                "name": each.name,
                "purpose": str(each.front.get("purpose", "")),
                "inputs": list(each.front.get("inputs") or ()),
                "is_own": each.name in own,
                "path": str(each.path),
            }
            for each in found
        ]
        console.json({"prompts": prompts, "problems": problems})
        return
    for each in found:
        mark = f" ({console.label('cli.prompts.own')})" if each.name in own else ""
        print(f"{each.name}{mark}\n  {each.front.get('purpose', '')}")
    for problem in problems:
        console.note("cli.prompts.broken", problem=problem)
    console.say("cli.prompts.where", folder=str(_folder(console)))


def show(console: Console, name: str, *, as_json: bool) -> None:
    """Print a prompt as it is used."""
    document = present(console, name)
    text = read_text(document.path)
    if as_json:
        is_own = _is_own(console, document)
        console.json({"name": name, "path": str(document.path), "is_own": is_own, "text": text})
    else:
        print(text.rstrip("\n"))


def diff(console: Console, name: str, proposed: Path | None, *, as_json: bool) -> None:
    """Print how one's own prompt differs from the shipped one, or a proposed file from what is used."""
    used = present(console, name)
    if proposed is None:
        before, after = _named(Words(), name), used
    else:
        before, after = used, checked(console, name, proposed)
    lines = list(difference(read_text(before.path), read_text(after.path), before, after))
    if as_json:
        files = {"from": str(before.path), "to": str(after.path)}
        console.json({"name": name, **files, "diff": "\n".join(lines)})
    elif lines:
        print("\n".join(lines))
    else:
        console.say("cli.prompts.same" if proposed else "cli.prompts.none_own", name=name)


def present(console: Console, name: str) -> Document:
    """Return a prompt as it is used now.

    Raises:
        NotFoundError: There is none of this name.
    """
    return _named(_words(console), name)


def checked(console: Console, name: str, path: Path) -> Document:
    """Return a proposed file for a prompt, if it could be used.

    Raises:
        NotFoundError: There is no prompt of this name.
        UsageError: The file can't be read, or holds a mistake; names the line.
    """
    present(console, name)
    if not path.is_file():
        raise UsageError(f"no file {str(path)!r}", phrase="cli.unreadable", name=path.name)
    try:
        return Words.proposed_prompt(name, path)
    except WordsError as error:
        raise UsageError(
            str(error), phrase="cli.prompts.mistake", problem=_placed(error, path)
        ) from error


def difference(
    before: str, after: str, first: Document, second: Document, context: int = CONTEXT
) -> Iterator[str]:
    """Yield the lines of a unified difference of two texts."""
    names = (str(first.path), str(second.path))
    yield from unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="", n=context)


def _words(console: Console) -> Words:
    return console.words.for_community(console.settings.community.slug)


def _folder(console: Console) -> Path:
    return console.settings.data / console.settings.community.slug / "prompts"


def _is_own(console: Console, document: Document) -> bool:
    return document.path.is_relative_to(_folder(console))


def _named(words: Words, name: str) -> Document:
    found = {each.name: each for each in words.prompts()}
    if name not in found:
        raise NotFoundError(
            f"no prompt {name!r}{nearest(name, set(found))}",
            phrase="cli.prompts.unknown",
            name=name,
            names=sorted(found),
        )
    return found[name]


def _placed(error: WordsError, path: Path) -> str:
    """Return what is wrong with a file, with the line where that is known."""
    said = str(error).split("\n")[0].rstrip(".")
    return said if said.startswith(f"{path.name}:") else f"{path.name}: {said}"
