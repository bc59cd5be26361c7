"""What the pages say is so: commands, settings, errors and links are there, and the examples run."""

import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

import learncomm_agent
from learncomm_agent import cli, errors
from learncomm_agent.commands import builtin
from learncomm_agent.library.sharing import links
from learncomm_agent.library.web import feeds, fetching, politeness, robots
from learncomm_agent.settings import Settings
from learncomm_agent.settings_file import SECRETS
from learncomm_agent.words import Words
from learncomm_terminal.lines import OWN

ROOT = Path(learncomm_agent.__path__[0]).parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(page(name)) if kind == language]


def examples() -> Iterator[Any]:
    for name in ("docs/library.md", "README.md"):
        programs = [each for each in blocks(name, "python") if "asyncio.run" in each]
        for number, text in enumerate(programs, 1):
            yield pytest.param(text, id=f"{name}-{number}")


@pytest.mark.parametrize("text", list(examples()))
def test_an_example_runs(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if "write_text" not in text:  # it counts on notes of the reader's own
        (tmp_path / "notes").mkdir()
        (tmp_path / "notes" / "tea.md").write_text("# Tea\n\nWe welcome newcomers with tea.\n")
    exec(compile(text, "example", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize(("name", "most"), [("README.md", 150), ("CONTRIBUTING.md", 100)])
def test_a_page_for_everyone_is_short(name: str, most: int) -> None:
    assert len(page(name).splitlines()) <= most


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    assert broken_links(path.read_text(encoding="utf-8"), path.parent) == []


def broken_links(text: str, folder: Path) -> list[str]:
    found = []
    for link in LINK.findall(BLOCK.sub("", text)):
        target, _, anchor = link.partition("#")
        if ":" in target:
            continue
        other = folder / target
        is_there = other.exists() and (other.is_file() or not anchor)
        if not is_there or (anchor and anchor not in anchors(other.read_text(encoding="utf-8"))):
            found.append(link)
    return found


def anchors(text: str) -> set[str]:
    return {
        re.sub(r"[^\w\- ]", "", title.casefold()).replace(" ", "-")
        for title in HEADING.findall(text)
    }


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# One thing")
    text = "[a](there.md) [b](there.md#one-thing) [c](https://example.org) [d](gone.md) [e](there.md#two)"
    assert broken_links(text, tmp_path) == ["gone.md", "there.md#two"]


def test_what_is_to_be_made_can_be_made() -> None:
    targets = set(re.findall(r"^([a-z]+):", page("Makefile"), re.MULTILINE))
    shell = "\n".join(chain(*(blocks(name, "sh") for name in ("README.md", "CONTRIBUTING.md"))))
    asked = set(re.findall(r"^make ([a-z]+)", shell, re.MULTILINE))
    assert asked <= targets
    assert {"chat", "test", "setup", "check", "format"} <= asked


def test_every_make_target_explains_itself() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.+)$", page("Makefile"), re.MULTILINE)
    explained = re.findall(r"^([a-z]+):.* ## ", page("Makefile"), re.MULTILINE)
    assert sorted(explained) == sorted(phony.split())


def calls(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if found := re.match(r"(?:\.venv/bin/)?learncomm (.+)", line):
            yield found[1].split()


@pytest.mark.parametrize("name", ["README.md", "docs/command-line.md"])
def test_calls_in_the_examples_name_commands_and_options_that_are_there(name: str) -> None:
    called = list(calls("\n".join(blocks(name, "sh"))))
    assert called
    for command, *words in called:
        options = {each for each in words if each.startswith("--")}
        called_one = commands()[command]
        called_one = getattr(called_one, "commands", {}).get(next(iter(words), ""), called_one)
        assert options <= {opt for param in called_one.params for opt in param.opts}


def commands() -> dict[str, Any]:
    root: Any = typer.main.get_command(cli.app)
    return dict(root.commands)


def section(command: str) -> str:
    """Return what the page of the command line says about one command."""
    _, _, rest = page("docs/command-line.md").partition(f"\n## `learncomm {command}`\n")
    return rest.partition("\n## ")[0]


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_of_the_command_line_is_explained_as_its_help_does(
    name: str, words: Words
) -> None:
    command, text = commands()[name], section(name)
    assert words.phrase(command.help, language="en") in text
    shared = page("docs/command-line.md").partition("\n## ")[0]
    for param in command.params:
        if param.name == "help":
            continue
        where = shared if param.name in {"data", "settings"} else text
        shown = param.opts[0] if param.opts[0].startswith("-") else param.metavar or param.name
        shown = shown.replace("|", r"\|")  # as a bar is written in a table
        said = words.phrase(param.help, language="en")
        row = rf"^\| `{re.escape(shown)}`.* \| {re.escape(said)}"
        assert re.search(row, where, re.MULTILINE), f"{name}: {shown}"


@pytest.mark.parametrize(
    ("group", "name"),
    [(group, name) for group, each in commands().items() for name in getattr(each, "commands", ())],
)
def test_a_command_of_a_group_is_explained_with_its_options(group: str, name: str) -> None:
    row = rf"^\| `{group} {name} [^|]*` \| "
    rows = " ".join(line for line in section(group).split("\n") if re.search(row, line))
    for param in commands()[group].commands[name].params:
        shown = param.opts[0] if param.opts[0].startswith("-") else param.metavar or param.name
        assert shown in {"--json", "--data", "--settings", "--help"} or shown in rows, shown
    assert rows


def test_no_command_is_explained_that_is_not_there() -> None:
    explained = re.findall(r"^## `learncomm ([\w-]+)`$", page("docs/command-line.md"), re.MULTILINE)
    assert sorted(explained) == sorted(commands())


def test_every_exit_code_is_explained() -> None:
    codes = re.findall(r"^\| (\d+) \|", page("docs/command-line.md"), re.MULTILINE)
    assert codes == ["0", "1", "2", "130"]


def test_every_command_of_the_chat_is_explained() -> None:
    text = page("docs/in-the-chat.md")
    for command in builtin.catalogue().commands:
        (row,) = re.findall(rf"^\| `{command.name}`.*$", text, re.MULTILINE)
        assert set(command.aliases) == set(re.findall(r"`(\w+)`", row.split("|")[2]))
        for option in command.options:
            is_there = option.name.upper() in row or f"`{option.name}=" in row
            assert is_there or option.takes_rest, f"{command.name}: {option.name}"


def test_every_line_of_the_terminal_is_explained() -> None:
    explained = re.findall(r"`/(\w+)", page("docs/in-the-chat.md"))
    assert set(OWN) <= set(explained)


def settings(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name, field.default


def as_toml(value: object) -> str:
    """Write a default as the page does."""
    if value is PydanticUndefined:
        return "the usual place"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(as_toml(each).strip('`') for each in value)}]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def test_every_setting_is_explained_with_its_default() -> None:
    rows = re.findall(
        r"^\| `([a-z_.]+)` \| (.+?) \| (.+) \|$", page("docs/settings.md"), re.MULTILINE
    )
    expected = [(name, as_toml(default)) for name, default in settings(Settings)]
    assert [(name, default) for name, default, _ in rows] == expected


@pytest.mark.parametrize(
    ("name", "sentence", "constant", "number"),
    [
        ("in-the-chat.md", "The newest five items come at once", feeds.FIRST, 5),
        ("in-the-chat.md", "at most twenty at a time", feeds.AT_ONCE, 20),
        ("in-the-chat.md", "up to ten links", links.MOST, 10),
        ("privacy.md", "At most 20 seconds,", fetching.TOTAL_S, 20),
        ("privacy.md", "five redirects,", politeness.MOST_REDIRECTS, 5),
        ("privacy.md", "pauses kept up to ten seconds", robots.LONGEST_DELAY_S, 10),
    ],
)
def test_a_number_is_what_the_page_says(
    name: str, sentence: str, constant: float, number: int
) -> None:
    assert sentence in page(f"docs/{name}")
    assert constant == number


def test_every_secret_is_explained() -> None:
    assert all(f"`{variable}`" in page("docs/settings.md") for variable in SECRETS.values())


def test_the_error_tree_is_shown_as_it_is() -> None:
    (shown,) = (each for each in blocks("docs/library.md", "") if each.startswith("Learncomm"))
    lines = [re.match(r"( *)(\w+)", line) for line in shown.splitlines()]
    expected = [("", "LearncommError"), *tree(errors.LearncommError, "  ")]
    assert [(line[1], line[2]) for line in lines if line] == expected


def tree(kind: type[Exception], indent: str) -> Iterator[tuple[str, str]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield indent, child.__name__
            yield from tree(child, indent + "  ")


def test_public_modules_are_there() -> None:
    promise = page("docs/library.md").partition("## What is public")[2].partition("\n\n")[2]
    named = re.findall(r"`(?:learncomm_agent)?\.([a-z.]+)`", promise.partition("\n\n")[0])
    assert len(named) > 8
    for name in named:
        path = ROOT / "learncomm_agent" / name.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), name


def test_the_groups_of_plugins_are_those_of_the_package() -> None:
    project = tomllib.loads(page("pyproject.toml"))["project"]
    for group in project["entry-points"]:
        assert f"`{group}`" in page("docs/library.md")
