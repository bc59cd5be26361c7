"""What keeps it running elsewhere: the unit and the Dockerfile say what the page says, and name what is there."""

import configparser
import re
import shlex
from pathlib import Path

import typer

import learncomm_agent
from learncomm_agent.cli import app

ROOT = Path(learncomm_agent.__path__[0]).parent
PAGE = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
UNIT = ROOT / "deploy" / "learncomm.service"
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
COMMANDS = set(getattr(typer.main.get_command(app), "commands", ()))


def test_the_unit_rests_after_as_many_failures_as_the_page_says() -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.read(UNIT, encoding="utf-8")
    assert (
        unit["Unit"]["StartLimitBurst"] == "5" and unit["Unit"]["StartLimitIntervalSec"] == "10min"
    )
    assert "after five in ten minutes it rests" in PAGE
    service = unit["Service"]
    assert service["Restart"] == "on-failure"
    assert shlex.split(service["ExecStart"])[1] in COMMANDS
    # It may write to its own folder alone, and that is where its data are.
    assert service["ProtectSystem"] == "strict"
    written = f"/var/lib/{service['StateDirectory']}/"
    assert f"LEARNCOMM_DATA={written}" in UNIT.read_text(encoding="utf-8")


def test_the_container_copies_what_is_there_and_calls_what_exists() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert "pyproject.toml" in names and all((ROOT / name).exists() for name in names)
    called = set(re.findall(r"learncomm\W+(run|init|doctor)\b", DOCKERFILE))
    assert called == {"run", "init", "doctor"} and called <= COMMANDS
    assert "LEARNCOMM_DATA=/data" in DOCKERFILE and "written at the first start" in PAGE
