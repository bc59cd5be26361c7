"""The playbooks of a community on the command line: which there are, whether they hold, and one to begin with."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from learncomm_agent.console import Console
from learncomm_agent.documents import Document, read_document
from learncomm_agent.errors import NotFoundError, StorageError, UsageError, WordsError
from learncomm_agent.phrases import chain
from learncomm_agent.roots import nearest
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.playbook import Ask, Playbook, Stage
from learncomm_agent.sessions.playbooks.file import read_playbook
from learncomm_agent.sessions.playbooks.shelf import FOLDER, Playbooks
from learncomm_agent.sessions.playbooks.spoken import spoken
from learncomm_agent.sessions.playbooks.trial import tried
from learncomm_agent.sessions.stages.kind import Kinds
from learncomm_agent.sessions.walking import REPEAT
from learncomm_agent.words import Words

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_TEMPLATE = "playbook.md"


def listed(console: Console, *, as_json: bool) -> None:
    """Name all playbooks that can be used, and what each is for."""
    found, words = _found(console)
    if as_json:
        console.json([{"name": it.name, "title": it.title, "purpose": it.purpose} for it in found])
    else:
        own = _own(console)
        for each in found:
            mark = f" ({console.label('cli.playbooks.own')})" if each.name in own else ""
            print(f"{each.name}{mark}\n  {each.title}: {each.purpose}")
        console.say("cli.playbooks.where", folder=str(_folder(console)))
    for problem in _problems(words):
        console.note("cli.playbooks.broken", problem=problem)


def check(console: Console, paths: Sequence[Path], *, as_json: bool) -> int:
    """Try out playbooks: files, or all that there are; print what is wrong. Return 1 where anything is."""
    kinds = stage_kinds()
    problems: list[str] = []
    count = 0
    for path, name in _chosen(console, paths):
        count += 1
        problems += _mistakes(path, name, kinds, console)
    if not paths:
        problems += [each for each in _problems(_words(console)) if each not in problems]
    if as_json:
        console.json({"checked": count, "problems": problems})
    else:
        for each in problems:
            print(each)
        if not problems:
            console.say("cli.playbooks.checked", count=count)
    return 1 if problems else 0


def show(console: Console, name: str, *, as_json: bool) -> None:
    """Print one playbook: its guide, what is asked, its steps and all that it says."""
    playbooks = Playbooks(console.words, stage_kinds())
    found = playbooks.get(console.settings.community.slug, name, console.language)
    if as_json:
        console.json(
            {
                "name": found.name,
                "title": found.title,
                "purpose": found.purpose,
                "who": found.who,
                "asks": [_ask_record(each) for each in found.asks],
                "stages": [_stage_record(each) for each in found.stages],
                "guide": found.guide,
            }
        )
        return
    print(f"{found.title}\n{found.purpose}\n\n{console.label('cli.playbooks.asks')}\n")
    print("\n".join(_ask_line(console, each) for each in found.asks))
    print(f"\n{console.label('cli.playbooks.stages')}\n")
    print("\n".join(_stage_lines(found.stages)))
    print(f"\n{console.label('cli.playbooks.guide')}\n\n{found.guide.strip()}")


def new(console: Console, name: str) -> None:
    """Write a playbook to begin with, full of remarks.

    Raises:
        UsageError: The name is none for a file, or taken.
        StorageError: It can't be written.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"no name {name!r}", phrase="cli.playbooks.no_name", name=name[:60])
    path = _folder(console) / f"{name}.md"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(console.words.template(_TEMPLATE))
    except FileExistsError as error:
        raise UsageError(
            f"{name!r} is there", phrase="cli.playbooks.exists", path=str(path)
        ) from error
    except OSError as error:
        raise StorageError(f"can't write {str(path)!r}: {error.strerror}") from error
    console.say("cli.playbooks.made", path=str(path))


# What is there


def _words(console: Console) -> Words:
    return console.words.for_community(console.settings.community.slug)


def _found(console: Console) -> tuple[tuple[Playbook, ...], Words]:
    playbooks = Playbooks(console.words, stage_kinds())
    found = playbooks.all(console.settings.community.slug, console.language)
    return found, _words(console)


def _folder(console: Console) -> Path:
    return console.settings.data / console.settings.community.slug / FOLDER


def _own(console: Console) -> set[str]:
    return {path.stem for path in _folder(console).glob("*.md")}


def _problems(words: Words) -> list[str]:
    places = (f"{FOLDER}/", f"knowledge/{FOLDER}/")
    return [each for each in words.problems() if each.startswith(places)]


# What is wrong


def _chosen(console: Console, paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield the files to check, each with the name of the playbook."""
    for path in paths:
        if not path.is_file():
            raise NotFoundError(f"no file {str(path)!r}", phrase="cli.unreadable", name=path.name)
        yield path, _name_of(path)
    if not paths:
        for document in _words(console).documents(FOLDER):
            yield document.path, document.name


def _name_of(path: Path) -> str:
    """Return the name of the playbook in a file; in the folder of a language, with that before it."""
    folder = path.resolve().parent
    is_spoken = folder.parent.name == FOLDER and bool(chain(folder.name))
    return f"{folder.name}/{path.stem}" if is_spoken else path.stem


def _mistakes(path: Path, name: str, kinds: Kinds, console: Console) -> tuple[str, ...]:
    """Return what is wrong with one file, each with its line."""
    try:
        document = read_document(path, name)
        if "/" in name:
            playbook = _spoken(document, kinds, console)
        else:
            playbook = read_playbook(document, kinds)
    except WordsError as error:
        return (str(error),)
    return tried(playbook, document, kinds)


def _spoken(document: Document, kinds: Kinds, console: Console) -> Playbook:
    """Return a playbook in the words that a file has for it: the one beside it, or the one in use."""
    language, _, name = document.name.partition("/")
    beside = document.path.resolve().parent.parent / f"{name}.md"
    if beside.is_file():
        playbook = read_playbook(read_document(beside, name), kinds)
        return spoken(playbook, document, kinds, language)
    known = {each.name: each for each in _words(console).documents(FOLDER)}
    if name not in known:
        raise WordsError(f"{document.path.name}:1: no playbook {name!r}{nearest(name, set(known))}")
    return spoken(read_playbook(known[name], kinds), document, kinds, language)


# What is shown


def _ask_record(ask: Ask) -> dict[str, object]:
    return {
        "name": ask.name,
        "label": ask.label,
        "kind": ask.kind.value,
        "default": ask.default,
        "is_required": ask.is_required,
        "choices": dict(ask.choices),
    }


def _stage_record(stage: Stage) -> dict[str, object]:
    return {
        "name": stage.name,
        "kind": stage.kind,
        "params": dict(stage.params),
        "words": dict(stage.words),
        "stages": [_stage_record(each) for each in stage.stages],
    }


def _ask_line(console: Console, ask: Ask) -> str:
    default = ask.choices.get(ask.default, ask.default)
    notes = [console.label("cli.playbooks.required")] if ask.is_required else []
    notes += [console.label("cli.playbooks.default", default=default)] if default else []
    choices = "".join(f"\n      {name}: {label}" for name, label in ask.choices.items())
    more = f" ({', '.join(notes)})" if notes else ""
    return f"  {ask.name}: {ask.label}{more}{choices}"


def _stage_lines(stages: Sequence[Stage], depth: int = 1) -> Iterator[str]:
    """Yield stages as a list, with what each is told and all that it says."""
    for stage in stages:
        space = "  " * depth
        params = ", ".join(f"{name}: {value}" for name, value in stage.params.items())
        yield f"{space}{stage.name} ({stage.kind}{f'; {params}' if params else ''})"
        for name, text in stage.words.items():
            if text:
                yield f"{space}  {name}:"
                yield from (f"{space}    {line}" for line in text.splitlines())
        if stage.kind == REPEAT:
            yield from _stage_lines(stage.stages, depth + 1)
