"""What stands under everything that was written: how, from how much, and what was left out."""

from collections.abc import Iterator, Mapping
from typing import Any

from learncomm_agent.words import Words
from learncomm_agent.writing.items import Method


def receipt(
    words: Words,
    kind: str,
    header: Mapping[str, Any],
    language: str,
    *,
    is_empty: bool = False,
    has_lost: bool = False,
) -> Iterator[str]:
    """Yield its sentences.

    Args:
        words: Of the community.
        kind: `answer`, `questions` or `summary`.
        header: As `keeping.method_header` or `keeping.summary_header` makes it.
        language: The reader's.
        is_empty: Whether an answer or questions hold no line.
        has_lost: Whether some of what was read has gone since; the figures are those of then.
    """
    if "skipped" in header:
        yield _coverage(words, header, language, has_lost=has_lost)
    yield _method(words, kind, header, language, is_empty=is_empty)
    read, passages = header.get("read", 0), header.get("passages", 0)
    if read < passages:
        yield words.phrase("writing.part", language=language, read=read, passages=passages)
    if header.get("dropped"):
        yield words.phrase(f"{kind}.dropped", language=language, count=header["dropped"])


def _method(
    words: Words, kind: str, header: Mapping[str, Any], language: str, *, is_empty: bool
) -> str:
    """Say how it was written, and why without a model although one is set up."""
    method = header.get("method", Method.EXTRACTED)  # questions of older stores don't say
    said = words.phrase(f"{kind}.{method}{'_nothing' if is_empty else ''}", language=language)
    if not header.get("why_extracted"):
        return said
    why = words.phrase(f"without_model.{header['why_extracted']}", language=language)
    return f"{why} {said}"


def _coverage(words: Words, header: Mapping[str, Any], language: str, *, has_lost: bool) -> str:
    skipped = [
        words.phrase(f"skipped.{reason}", language=language, count=count)
        for reason, count in header["skipped"]
    ]
    key = "summary.coverage_skipped" if skipped else "summary.coverage"
    counts = {"read": header["read"], "messages": header["messages"]}
    said = words.phrase(key, language=language, skipped=skipped, **counts)
    return words.phrase("summary.of_then", language=language, said=said) if has_lost else said
