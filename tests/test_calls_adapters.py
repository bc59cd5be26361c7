"""`learncomm new-adapter`: a package that installs and keeps the first rules, and names that can't be."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from learncomm_agent.calls_adapters import FILES
from learncomm_agent.testing.contract import PlatformContract
from tests.calling import Call

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "knowledge" / "templates" / "adapter"
RULES = [name for name in dir(PlatformContract) if name.startswith("test_")]


def test_every_template_is_written_and_no_other() -> None:
    there = {each.relative_to(TEMPLATES) for each in TEMPLATES.rglob("*") if each.is_file()}
    assert {each.as_posix() for each in there} == {f"{name}.txt" for name in FILES}


def run(*words: str | Path, path: Path) -> str:
    """Run a module in a process of its own, which sees what was installed at a path."""
    ours = os.pathsep.join(map(str, (path, ROOT, ROOT / "adapters")))
    done = subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ours, "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_what_is_written_installs_and_keeps_the_first_rules(
    learncomm: Call, tmp_path: Path
) -> None:
    said = learncomm("new-adapter", "palaver", "--to", str(tmp_path / "made"))
    folder, site = tmp_path / "made" / "learncomm-palaver", tmp_path / "site"
    assert (said.code, said.err) == (0, "")
    assert str(folder) in said.out
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]
    quiet = ("install", "-q", "--disable-pip-version-check", "--no-index", "--no-deps")
    run("pip", *quiet, "--no-build-isolation", "--target", site, folder, path=site)
    plain = ("-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", folder)
    told = run("pytest", "-q", *plain, "-c", folder / "pyproject.toml", folder, path=site)
    left = re.findall(r"^XFAIL .*::(\w+) - left to do: .+$", told, re.MULTILINE)
    (passed,) = re.findall(r"(\d+) passed", told)
    assert set(left) < set(RULES)
    assert int(passed) == len(RULES) - len(left) + 2, "none is skipped"
    lint = ("ruff", "check", "--select", "E,F,I,B,UP", "--ignore", "E501", folder)
    run(*lint, "--no-cache", path=site)
    run("ruff", "format", "--no-cache", "--check", folder, path=site)
    strict = ("--strict", "--cache-dir", tmp_path / "types", "--follow-imports", "silent")
    run("mypy", *strict, folder / "src" / "learncomm_palaver", path=site)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a b",
        "class",
        "Palaver",
        "palaver" * 30,
        "../x",
        "/tmp/x",
        "x.y",
        "7up",
        "ñ",
        "a\nb",
    ],
)
def test_a_name_that_can_not_be_is_one_sentence(learncomm: Call, tmp_path: Path, name: str) -> None:
    said = learncomm("new-adapter", "--to", str(tmp_path / "made"), "--", name)
    assert (said.code, said.out) == (2, "")
    assert "can't be the name of a platform" in said.err
    assert len(said.err) < 250
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("name", ["terminal", "discord", "agent"])
def test_a_name_that_is_taken_is_one_sentence(learncomm: Call, tmp_path: Path, name: str) -> None:
    said = learncomm("new-adapter", name, "--to", str(tmp_path / "made"))
    assert (said.code, said.out) == (2, "")
    assert said.err == f"There is “{name}” already. Please choose another name.\n"
    assert not (tmp_path / "made").exists()


def test_nothing_that_is_there_is_written_over(learncomm: Call, tmp_path: Path) -> None:
    folder = tmp_path / "learncomm-palaver"
    makes: list[Callable[[], None]] = [
        folder.mkdir,
        folder.touch,
        lambda: folder.symlink_to(tmp_path / "nowhere"),
    ]
    for make in makes:
        make()
        said = learncomm("new-adapter", "palaver", "--to", str(tmp_path))
        assert (said.code, said.out) == (2, "")
        assert said.err == f"{folder} is there already, and stays as it is.\n"
        is_folder = folder.is_dir()
        assert not is_folder or not list(folder.iterdir())
        folder.rmdir() if is_folder else folder.unlink()


def test_a_place_that_can_not_be_written_is_one_sentence(learncomm: Call, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    said = learncomm("new-adapter", "palaver", "--to", str(file))
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"I can't write {file / 'learncomm-palaver'}.")
    assert file.read_text() == "mine"
