"""What a document says of itself, as far as it can be believed: who wrote it, and when it came out."""

from datetime import UTC, date, datetime

from learncomm_agent.library.readers.cleaning import HEADLINE_CHARS, clean_line

_NOBODY = {
    *("admin", "administrator", "author", "autor", "benutzer", "microsoft office user", "owner"),
    *("python-docx", "steve canny", "unknown", "user", "windows user"),
}
"""What programs write as an author when nobody gave one."""
_EARLIEST, _LATEST = 1000, 9999
"""Years outside of these are mistakes."""


def author_of(declared: object) -> str | None:
    """Return an author's name, if a person may have written it; several are joined by commas."""
    if isinstance(declared, list):
        declared = ", ".join(each for each in declared if isinstance(each, str))
    line = clean_line(declared) if isinstance(declared, str) else ""
    is_name = any(map(str.isalpha, line)) and line.casefold() not in _NOBODY
    return line if is_name and len(line) <= HEADLINE_CHARS and "@" not in line else None


def published(declared: object) -> datetime | None:
    """Return a day, or a moment, as an aware moment in UTC; None where it is neither."""
    if isinstance(declared, str):
        declared = _read(declared.strip())
    if isinstance(declared, date) and not isinstance(declared, datetime):
        declared = datetime(declared.year, declared.month, declared.day, tzinfo=UTC)
    if not isinstance(declared, datetime) or not _EARLIEST <= declared.year < _LATEST:
        return None
    return declared.replace(tzinfo=declared.tzinfo or UTC).astimezone(UTC)


def _read(text: str) -> datetime | None:
    """Read a moment or a day as ISO 8601 writes them, or a year alone."""
    try:
        return datetime.fromisoformat(f"{text}-01-01" if len(text) == len("2026") else text)
    except ValueError:
        return None
