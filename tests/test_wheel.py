"""What the wheel holds, and what it must not."""

import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest

import learncomm_agent

ROOT = Path(learncomm_agent.__path__[0]).parent
SHIPPED = ("learncomm_agent", "adapters", "knowledge", "prompts", "tests", "docs")
FILES = ("pyproject.toml", "README.md", "LICENSE", ".gitignore")
LEFT_OUT = ("private/notes.md", "guides/__pycache__/old.pyc")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel of this tree, to which some git-ignored files were added."""
    tree = tmp_path_factory.mktemp("tree")
    for folder in SHIPPED:
        if (ROOT / folder).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
            shutil.copytree(ROOT / folder, tree / folder, ignore=ignored)
    for file in FILES:
        shutil.copy(ROOT / file, tree / file)
    with (tree / ".gitignore").open("a", encoding="utf-8") as ignoring:
        ignoring.write("\n/knowledge/private/\n")
    for name in LEFT_OUT:
        path = tree / "knowledge" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("for these eyes alone", encoding="utf-8")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tree / "built")]
    subprocess.run(build, cwd=tree, check=True, capture_output=True)
    (built,) = (tree / "built").glob("*.whl")
    with ZipFile(built) as archive:
        return set(archive.namelist())


def adapters() -> set[str]:
    return {path.name for path in (ROOT / "adapters").glob("learncomm_*")}


def test_it_holds_the_core_and_the_adapters_and_nothing_else(wheel: set[str]) -> None:
    tops = {PurePosixPath(name).parts[0] for name in wheel}
    (about,) = {top for top in tops if top.endswith(".dist-info")}
    assert tops - {about} == {"learncomm_agent"} | adapters()


def test_it_holds_every_module(wheel: set[str]) -> None:
    core = {path.relative_to(ROOT) for path in (ROOT / "learncomm_agent").rglob("*.py")}
    others = {path.relative_to(ROOT / "adapters") for path in (ROOT / "adapters").rglob("*.py")}
    assert {path.as_posix() for path in core | others} <= wheel


def test_the_words_are_inside_the_package(wheel: set[str]) -> None:
    for folder in ("knowledge", "prompts"):
        words = [path for path in (ROOT / folder).rglob("*") if path.suffix in {".md", ".toml"}]
        assert {f"learncomm_agent/{path.relative_to(ROOT).as_posix()}" for path in words} <= wheel


def test_type_checkers_are_told_that_there_are_types(wheel: set[str]) -> None:
    assert {f"{package}/py.typed" for package in {"learncomm_agent"} | adapters()} <= wheel


def test_the_licence_comes_along(wheel: set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)


def test_tests_and_what_git_ignores_stay_out(wheel: set[str]) -> None:
    strays = [
        name
        for name in wheel
        if ("/tests/" in f"/{name}" and "/templates/" not in name)
        or name.endswith((".pyc", "notes.md", "conftest.py"))
    ]
    assert strays == []


def test_the_migrations_come_along(wheel: set[str]) -> None:
    assert "learncomm_agent/storage/migrations/versions/0001_first.py" in wheel
