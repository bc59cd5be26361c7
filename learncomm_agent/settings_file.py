"""From a settings file and the environment to checked settings, or to the list of all mistakes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from platformdirs import user_data_path
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from learncomm_agent.errors import SettingsError

FILE = "learncomm.toml"
"""The name of the settings file; one in the data folder is found by itself."""

DATA_VARIABLE = "LEARNCOMM_DATA"
SECRETS: Mapping[str, str] = {
    "embedding.key": "LEARNCOMM_EMBEDDING_KEY",
    "model.key": "LEARNCOMM_MODEL_KEY",
    "vectors.token": "LEARNCOMM_VECTORS_TOKEN",
}
"""Which variable of the environment holds which secret."""
PATHS = (("embedding", "path"), ("model", "record"), ("model", "replay"))
"""Settings that name a file or folder, beginning where the settings file stands."""

Model = TypeVar("Model", bound=BaseModel)

_SECRET = re.compile(r"(^|_)(token|(key|password|passwd|secret|credential)s?)$")
_TOKEN = re.compile(r"LEARNCOMM_([A-Z][A-Z0-9_]*)_TOKEN$")
"""A variable that holds the token of the adapter which it names."""
_HEADER = re.compile(r"\s*\[+\s*([\w.\-\s]+?)\s*\]+\s*(#.*)?$")
_KEY = re.compile(r"\s*([\w.\-]+)\s*=")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, for the operator: where it stands, what is wrong, what was likely meant."""

    file: str
    """The file, or `environment`."""
    key: str
    line: int | None
    code: str
    """`unknown`, `secret`, `missing`, `unreadable`, `syntax` or `invalid`."""
    detail: str = ""
    suggestion: str | None = None

    def __str__(self) -> str:
        """Write it as one line, such as `learncomm.toml:12: log.levle: unknown, nearest is log.level`."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        reason = f"{self.code}, {self.detail}" if self.detail else self.code
        near = f", nearest is {self.suggestion}" if self.suggestion else ""
        return f"{place}: {self.key}: {reason}{near}" if self.key else f"{place}: {reason}{near}"


def load(
    model: type[Model], path: Path | None, environ: Mapping[str, str], data: Path | None
) -> Model:
    """Read settings of this form; see `Settings.load`."""
    given = data or _folder(environ)
    path = path or _usual(given or user_data_path("learncomm"))
    problems = list(_stray_variables(environ))
    table: dict[str, Any] = {}
    source = ""
    if path is not None:
        try:
            source, table = _read(path)
        except _Unreadable as error:
            problems.append(error.problem)
            path = None
    name = path.name if path else FILE
    problems += _secrets(table, source, name)
    try:
        settings = model.model_validate(_completed(table, path, environ, given))
    except ValidationError as error:
        known = list(_keys(model))
        found = error.errors(include_url=False)
        problems += [_problem(each, source, name, known) for each in found]
    if problems:
        raise SettingsError(tuple(str(problem) for problem in problems))
    return settings


def check_section(form: type[Model], table: Mapping[str, Any], section: str) -> Model:
    """Return a section of the settings that somebody else knows the form of, checked.

    Raises:
        SettingsError: With every mistake in it at once.
    """
    try:
        return form.model_validate(table)
    except ValidationError as error:
        known = list(_keys(form))
        problems = [_problem(each, "", FILE, known) for each in error.errors(include_url=False)]
        named = [replace(each, key=f"{section}.{each.key}".rstrip(".")) for each in problems]
        raise SettingsError(tuple(str(each) for each in named)) from error


class _Unreadable(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _usual(folder: Path) -> Path | None:
    path = folder / FILE
    try:
        return path if path.is_file() else None
    except OSError:
        return path  # Reading it says what is wrong.


def _folder(environ: Mapping[str, str]) -> Path | None:
    value = environ.get(DATA_VARIABLE, "").strip()
    return Path(value).expanduser() if value else None


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        source = path.read_text(encoding="utf-8-sig")
        return source, tomllib.loads(source)
    except OSError as error:
        problem = Problem(path.name, "", None, "unreadable", str(error.strerror).lower())
    except UnicodeDecodeError as error:
        problem = Problem(path.name, "", None, "unreadable", f"no UTF-8 at byte {error.start}")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problem = _syntax(path.name, source, str(error))
    raise _Unreadable(problem)


def _syntax(name: str, source: str, words: str) -> Problem:
    """Return where the TOML breaks; tomllib gives the place in words, after the reason."""
    reason, _, place = words.partition(" (at ")
    if found := re.match(r"line (\d+), (column \d+)", place):
        return Problem(name, "", int(found[1]), "syntax", f"{found[2]}, {reason}")
    line = len(source.splitlines()) if place else None
    return Problem(name, "", line, "syntax", reason)


def _completed(
    table: dict[str, Any], path: Path | None, environ: Mapping[str, str], given: Path | None
) -> dict[str, Any]:
    """Return the file's table without secrets, paths made whole, with what the environment adds."""
    whole = _without_secrets(table)
    base = path.parent if path else Path()
    if given is not None:
        whole["data"] = given
    elif isinstance(whole.get("data"), str):
        whole["data"] = base / Path(whole["data"]).expanduser()
    for section, key in PATHS:
        table = whole.get(section, {})
        if isinstance(table, dict) and isinstance(table.get(key), str):
            table[key] = base / Path(table[key]).expanduser()
    for dotted, variable in SECRETS.items():
        section, key = dotted.split(".")
        if secret := _bare(environ.get(variable, "")):
            _put(whole, (section,), key, secret)
    for variable, secret in environ.items():
        found = None if variable in SECRETS.values() else _TOKEN.match(variable)
        if found and _bare(secret):
            _put(whole, ("adapters", found[1].lower()), "token", SecretStr(_bare(secret)))
    return whole


def _bare(secret: str) -> str:
    """Return a secret without what hands and files put around it: blanks and quotation marks."""
    return secret.strip().strip("'\"").strip()


def _put(whole: dict[str, Any], sections: Iterable[str], key: str, value: Any) -> None:
    """Put a value into a section, made if need be; a mistake in its place is told by the check."""
    table: Any = whole
    for section in sections:
        if not isinstance(table, dict):
            return
        table = table.setdefault(section, {})
    if isinstance(table, dict):
        table[key] = value


def _without_secrets(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_secrets(value) if isinstance(value, dict) else value
        for key, value in table.items()
        if not _SECRET.search(key.lower())
    }


def _secrets(
    table: Mapping[str, Any], source: str, name: str, prefix: str = ""
) -> Iterator[Problem]:
    for key, value in table.items():
        dotted = prefix + key
        if _SECRET.search(key.lower()):
            named = dotted.removeprefix("adapters.").upper().replace(".", "_")
            variable = SECRETS.get(dotted) or f"LEARNCOMM_{named}"
            detail = f"take it out of the file and set {variable} in the environment"
            yield Problem(name, dotted, _line(source, dotted), "secret", detail)
        elif isinstance(value, dict):
            yield from _secrets(value, source, name, f"{dotted}.")


def _stray_variables(environ: Mapping[str, str]) -> Iterator[Problem]:
    """Find variables that are almost, but not quite, ours; adapters may have others of their own."""
    known = (DATA_VARIABLE, *SECRETS.values())
    for variable in sorted(environ):
        if variable.startswith("LEARN") and variable not in known:
            near = get_close_matches(variable, known, n=1, cutoff=0.9)
            if near:
                yield Problem("environment", variable, None, "unknown", suggestion=near[0])


def _problem(error: ErrorDetails, source: str, name: str, known: list[str]) -> Problem:
    keys = [str(part) for part in error["loc"] if isinstance(part, str)]
    dotted = ".".join(keys)
    line = _line(source, dotted)
    if error["type"] == "extra_forbidden":
        return Problem(name, dotted, line, "unknown", suggestion=_nearest_key(keys, known))
    detail = error["msg"].removeprefix("Value error, ")
    detail = detail[:1].lower() + detail[1:]
    choices = re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))
    near = get_close_matches(str(error["input"]), choices, n=1)
    return Problem(name, dotted, line, "invalid", detail, near[0] if near else None)


def _nearest_key(keys: list[str], every: list[str]) -> str | None:
    # A key in the wrong section, or without one, is known by its last part.
    near = [key for key in every if key.rpartition(".")[2] == keys[-1]]
    near = near or get_close_matches(".".join(keys), every, n=1, cutoff=0.7)
    near = near or get_close_matches(keys[-1], [key.rpartition(".")[2] for key in every], n=1)
    return near[0] if near else None


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, info in model.model_fields.items():
        if prefix + name in SECRETS:
            continue
        yield prefix + name
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _keys(info.annotation, f"{prefix}{name}.")


def _line(source: str, dotted: str) -> int | None:
    """Return the line, counted from 1, on which a key stands; a section's is that of its header."""
    section = ""
    for number, text in enumerate(source.splitlines(), start=1):
        if header := _HEADER.match(text):
            section = header.group(1).replace(" ", "") + "."
            if section == f"{dotted}.":
                return number
        elif (key := _KEY.match(text)) and section + key.group(1) == dotted:
            return number
    return None
