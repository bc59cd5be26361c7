"""Help is quick and a plain import is light: what is heavy is imported when it is first needed."""

import json
import subprocess
import sys

import pytest

import learncomm_agent

HEAVY = {
    *(
        "aiohttp",
        "alembic",
        "babel",
        "chromadb",
        "dateparser",
        "jinja2",
        "lxml",
        "numpy",
        "onnxruntime",
    ),
    *(
        "feedparser",
        "openai",
        "prompt_toolkit",
        "pydantic",
        "rich",
        "sqlalchemy",
        "structlog",
        "trafilatura",
    ),
}
HELP = """
import contextlib, io, sys
sys.argv = ["learncomm", *{arguments!r}]
from learncomm_agent.cli import main
with contextlib.redirect_stdout(io.StringIO()) as shown, contextlib.suppress(SystemExit):
    main()
assert "--data" in shown.getvalue(), shown.getvalue()
"""


def loaded_by(code: str) -> set[str]:
    """Return the packages that a fresh Python has imported after some code."""
    code += "\nimport json, sys\nprint(json.dumps([name.split('.')[0] for name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_help_loads_nothing_heavy() -> None:
    assert loaded_by(HELP.format(arguments=["--help"])) & HEAVY == set()


def test_a_commands_own_help_loads_no_more_than_typer_does() -> None:
    # For an option with a range of numbers, typer itself takes pydantic.
    assert loaded_by(HELP.format(arguments=["search", "--help"])) & HEAVY <= {"pydantic"}


def test_importing_the_package_loads_nothing_of_others() -> None:
    others = loaded_by("import learncomm_agent") - set(sys.stdlib_module_names) - loaded_by("")
    assert others == {"learncomm_agent"}


def test_a_heavy_import_is_seen() -> None:
    assert {"pydantic"} <= loaded_by("import learncomm_agent; learncomm_agent.Settings") & HEAVY


def test_the_public_names_are_those_that_are_listed() -> None:
    names = [name for name in learncomm_agent.__all__ if name != "__version__"]
    assert names == sorted(learncomm_agent._PUBLIC)
    assert set(learncomm_agent.__all__) <= set(dir(learncomm_agent))


@pytest.mark.parametrize("name", sorted(learncomm_agent._PUBLIC))
def test_a_public_name_gives_the_thing_of_that_name(name: str) -> None:
    found = getattr(learncomm_agent, name)
    assert found.__name__ == name
    assert found.__module__ == f"learncomm_agent.{learncomm_agent._PUBLIC[name]}"


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Agnet'"):
        getattr(learncomm_agent, "Agnet")  # noqa: B009 - a type checker refuses the plain form
