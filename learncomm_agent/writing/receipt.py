"""What stands under everything that was written: how, from how much, and what was left out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from typing import Any

from learncomm_agent.words import Words
from learncomm_agent.writing.items import Method, Outcome


def receipt(
    words: Words,
    kind: str,
    header: Mapping[str, Any],
    language: str,
    *,
    is_empty: bool = False,
    has_lost: bool = False,
    zone: tzinfo = UTC,
) -> Iterator[str]:
    """Yield its sentences.

    Args:
        words: Of the community.
        kind: `answer`, `questions` or `summary`.
        header: As `keeping.method_header` or `keeping.summary_header` makes it.
        language: The reader's.
        is_empty: Whether an answer or questions hold no line.
        has_lost: Whether some of what was read has gone since; the figures are those of then.
        zone: In which times are told.
    """
    put_in = header.get("put_in", 0)
    if "skipped" in header and (header["messages"] or not put_in):
        yield _coverage(words, header, language, has_lost=has_lost)
    if put_in:
        yield words.phrase("summary.put_in", language=language, count=put_in)
    yield from _parts(words, header, language, zone)
    if header.get("why_short"):
        yield words.phrase(header["why_short"], language=language)
    yield _method(words, kind, header, language, is_empty=is_empty)
    read, passages = header.get("read", 0), header.get("passages", 0)
    if read < passages:
        yield words.phrase("writing.part", language=language, read=read, passages=passages)
    if header.get("dropped"):
        of = header.get("of", "")
        yield words.phrase(f"{kind}.dropped", language=language, count=header["dropped"], of=of)


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
    counts = {
        "read": header["read"],
        "messages": header["messages"],
        "of": header.get("of", ""),
        "parts": len(_read_by_model(header)),
    }
    said = words.phrase(key, language=language, skipped=skipped, **counts)
    return words.phrase("summary.of_then", language=language, said=said) if has_lost else said


def _read_by_model(header: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the segments that a model was to read; without one, it tells nobody anything in what parts."""
    return header.get("segments", ()) if header.get("method") == Method.MODEL else ()


def _parts(words: Words, header: Mapping[str, Any], language: str, zone: tzinfo) -> Iterator[str]:
    """Say which segments no model has read, and why; those of one reason together."""
    segments = _read_by_model(header)
    numbered = list(enumerate(segments, 1))
    for outcome in (Outcome.PLAIN, Outcome.FAILED):
        untold = [pair for pair in numbered if pair[1]["outcome"] == outcome]
        reasons = dict.fromkeys(segment["reason"] for _, segment in untold)
        for reason in reasons:
            own = [(number, each) for number, each in untold if each["reason"] == reason]
            yield words.phrase(
                f"part.{outcome}",
                language=language,
                count=len(own),
                numbers=_runs(number for number, _ in own),
                parts=len(segments),
                when=_when(words, [each for _, each in own], language, zone),
                why=words.phrase(f"part.why_{reason}", language=language),
            )


def _runs(numbers: Iterable[int]) -> list[str]:
    """Write numbers that follow one another as a range, where they are more than two."""
    found: list[str] = []
    for _, pairs in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in pairs]
        found += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else [str(each) for each in run]
    return found


def _when(words: Words, segments: Sequence[Mapping[str, Any]], language: str, zone: tzinfo) -> str:
    """Say between which times segments were said; nothing where nobody knows."""
    moments = [
        datetime.fromisoformat(moment).astimezone(zone)
        for each in segments
        for moment in (each["began"], each["ended"])
        if moment is not None
    ]
    if not moments:
        return ""
    began, ended = min(moments), max(moments)
    is_one_day = began.date() == ended.date()
    return words.phrase(
        "part.when", language=language, began=began, ended=ended, is_one_day=is_one_day
    )
