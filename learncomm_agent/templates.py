"""Filling in sentences and prompts: Jinja's text templates, with Babel for numbers, dates and plurals.

What is filled in is data: it is never read as a template itself, and a template can neither call
anything nor repeat a text, so a sentence written by a community can't take the agent down.
Jinja and Babel are imported when the first template with a placeholder is met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from learncomm_agent.errors import PhraseError

if TYPE_CHECKING:
    from decimal import Decimal

    from babel import Locale
    from jinja2 import Environment, Template

    Number = int | float | Decimal

PLAIN_FILTERS = frozenset(
    {"capitalize", "default", "first", "join", "last", "length", "lower"}
    | {"round", "sort", "title", "trim", "truncate", "upper"}
)
"""The filters of Jinja that templates may use beside ours; none of them makes a text longer."""

_MARKS = ("{{", "{%", "{#")


def is_plain(source: str) -> bool:
    """Whether a template has nothing to fill in."""
    return not any(mark in source for mark in _MARKS)


@lru_cache(maxsize=4096)
def variables(source: str) -> frozenset[str]:
    """Return the names that a template needs.

    Raises:
        PhraseError: It is no template.
    """
    if is_plain(source):
        return frozenset()
    from jinja2 import TemplateError, meta

    try:
        return frozenset(meta.find_undeclared_variables(environment("en").parse(source)))
    except (TemplateError, RecursionError) as error:
        raise PhraseError(f"no template: {error}") from error


def fill(source: str, language: str, values: Mapping[str, object]) -> str:
    """Return the template with its values filled in, numbers and dates as the language writes them.

    Moments are shown in the time zone that they bear.

    Args:
        source: The template; the same source is compiled once.
        language: A language tag; one that Babel doesn't know is written like English.
        values: What to fill in.

    Raises:
        PhraseError: A value is missing, or the template can't be rendered with these.
    """
    if is_plain(source):
        return source
    try:
        return _compiled(source, language).render(values)
    # A template runs somebody else's expressions: any exception may come out of it. Its words may
    # repeat a member's, so only those of Jinja, which speak of names, are kept for the log.
    except Exception as error:
        words = f": {error}" if isinstance(error, _template_error()) else ""
        raise PhraseError(f"does not render: {type(error).__name__}{words}") from error


def _template_error() -> type[Exception]:
    from jinja2 import TemplateError

    return TemplateError


@lru_cache(maxsize=2048)
def _compiled(source: str, language: str) -> Template:
    return environment(language).from_string(source)


@lru_cache(maxsize=64)
def environment(language: str) -> Environment:
    """Return the strict, sandboxed environment in which templates of a language are rendered."""
    from jinja2 import StrictUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.runtime import Context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Strict(ImmutableSandboxedEnvironment):
        # "x" * 10**9 and "%999999999d" % 1 fill the memory from a single line.
        intercepted_binops = frozenset({"*", "**", "%"})

        def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
            raise SecurityError(f"{operator} is not for templates")

        def is_safe_callable(self, obj: Any) -> bool:
            return False

    strict = Strict(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    strict.globals.clear()
    allowed = {name: each for name, each in strict.filters.items() if name in PLAIN_FILTERS}
    strict.filters = {**allowed, **_filters(locale(language))}
    return strict


@lru_cache(maxsize=64)
def locale(language: str) -> Locale:
    """Return how a language writes numbers and dates; English where Babel doesn't know it."""
    from babel import Locale, UnknownLocaleError

    for tag in (language, language.split("-")[0]):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def language_name(tag: str, language: str) -> str:
    """Return the name of a language, as another one calls it."""
    return str(locale(language).languages.get(tag.split("-")[0], tag))


def _filters(where: Locale) -> dict[str, Callable[..., str]]:
    from babel import dates, lists, numbers

    def number(value: Number) -> str:
        return numbers.format_decimal(value, locale=where)

    def day(value: date, style: str = "long") -> str:
        if style in _SKELETONS:
            zone = value.tzinfo if isinstance(value, datetime) else None
            return dates.format_skeleton(_SKELETONS[style], value, tzinfo=zone, locale=where)
        return dates.format_date(value, _style(style), locale=where)

    def moment(value: datetime, style: str = "medium") -> str:
        zone = _aware(value).tzinfo
        return dates.format_datetime(value, _style(style), tzinfo=zone, locale=where)

    def clock(value: datetime | time, style: str = "short") -> str:
        zone = _aware(value).tzinfo if isinstance(value, datetime) else None
        return dates.format_time(value, _style(style), tzinfo=zone, locale=where)

    def duration(value: timedelta) -> str:
        return dates.format_timedelta(value, locale=where)

    def ago(value: timedelta) -> str:
        return dates.format_timedelta(-value, add_direction=True, locale=where)

    def plural(value: Number, **forms: str) -> str:
        other = forms["other"]
        return forms.get(where.plural_form(value), other)

    def listing(value: Iterable[object], style: Any = "standard") -> str:
        return lists.format_list([str(each) for each in value], style=style, locale=where)

    return {
        "number": number,
        "date": day,
        "time": clock,
        "datetime": moment,
        "duration": duration,
        "ago": ago,
        "plural": plural,
        "list": listing,
    }


_SKELETONS: Mapping[str, str] = {"day": "MMMEd", "day_year": "yMMMEd", "month_day": "MMMd"}
"""Short styles of a date: with its day of the week, or without."""


def _style(style: str) -> Any:
    if style not in {"short", "medium", "long", "full"}:
        raise ValueError(f"no such style: {style!r}")
    return style


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time without a zone names no moment")
    return value
