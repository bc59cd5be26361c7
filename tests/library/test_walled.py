import json
import os
import sys
import tracemalloc
import zlib
from io import BytesIO
from pathlib import Path

import pytest

from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.readers.walled import LIMITS, Limits, walled
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the limits are those of POSIX")

ANSWER = {"source": "other", "kind": "pdf", "title": "T", "sections": [{"text": "x"}]}


def pdf(content: bytes, about: bytes = b"") -> bytes:
    """Write a file of one page with this content stream; readers do without its table."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
        b"/Encoding /WinAnsiEncoding >> >> >> >>",
        b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), about, content),
    )
    numbered = (b"%d 0 obj\n%b\nendobj\n" % each for each in enumerate(objects, start=1))
    return b"%%PDF-1.7\n%btrailer\n<< /Size 5 /Root 1 0 R >>\n" % b"".join(numbered) + (
        b"startxref\n0\n%%EOF\n"
    )


def bomb(size: int) -> bytes:
    """Write a file whose page inflates to so many zeros."""
    deflate, block = zlib.compressobj(9), 10_000_000
    first = deflate.compress(bytes(block)) + deflate.flush(zlib.Z_FULL_FLUSH)
    again = deflate.compress(bytes(block)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return pdf(first + again * (size // block - 1), b"/Filter /FlateDecode")


GOOD = pdf(b"BT /F1 12 Tf 50 750 Td (D\xe9j\xe0 vu) Tj ET")
SLOW = pdf(b"BT /F1 9 Tf " + b"0 0 Td (a) Tj " * 400_000 + b"ET")
LONG = pdf(b"BT /F1 9 Tf (%b) Tj ET" % (b"a" * 2_000))


def read(content: bytes, limits: Limits = LIMITS) -> Reading:
    (found,) = walled("pdf", limits)("a.pdf", BytesIO(content), 20_000_000)
    assert isinstance(found, Reading)
    return found


def refusal(content: bytes, limits: Limits = LIMITS) -> UnreadableResourceError:
    with pytest.raises(UnreadableResourceError) as caught:
        read(content, limits)
    assert caught.value.advice.values["name"] == "a.pdf"
    assert "'a.pdf'" in str(caught.value)
    return caught.value


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, *commands: str) -> None:
    """Put a shell script into Python's place."""
    script = folder / "python"
    script.write_text("\n".join(("#!/bin/sh", *commands)))
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))


def test_a_reading_comes_through_the_wall_as_it_was_made() -> None:
    assert read(GOOD) == Reading(
        "a.pdf", ResourceKind.PDF, "a", (Section("Déjà vu", Place(page=1)),)
    )


def test_a_refusal_comes_through_the_wall_and_nothing_on_standard_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert refusal(b"<!doctype html><p>Hello").advice.phrase == "error.unreadable_broken"
    assert capfd.readouterr() == ("", "")


def test_what_is_too_large_or_empty_costs_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(UnreadableResourceError) as caught:
        list(walled("pdf")("a.pdf", BytesIO(GOOD), 100))
    assert caught.value.advice.phrase == "error.unreadable_large"
    assert refusal(b" \n").advice.phrase == "error.unreadable_empty"


def test_a_bomb_goes_off_on_the_other_side() -> None:
    content = bomb(2_000_000_000)
    tracemalloc.start()
    try:
        assert refusal(content).advice.phrase == "error.unreadable_heavy"
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("content", "limits", "why"),
    [
        pytest.param(bomb(70_000_000), Limits(memory_bytes=150_000_000), "memory", id="memory"),
        pytest.param(SLOW, Limits(cpu_s=1), "ended its reader", id="cpu"),
        pytest.param(SLOW, Limits(wall_s=0.3), "longer than 0.3 s", id="wall"),
        pytest.param(LONG, Limits(answer_bytes=1_000), "too much text", id="answer"),
    ],
)
def test_each_limit_holds(content: bytes, limits: Limits, why: str) -> None:
    error = refusal(content, limits)
    assert error.advice.phrase == "error.unreadable_heavy"
    assert why in str(error)


def test_what_is_cut_into_too_many_pieces_is_too_much() -> None:
    reader = walled("md", Limits(sections=1))
    with pytest.raises(UnreadableResourceError) as caught:
        list(reader("a.md", BytesIO(b"# A\n\nOne.\n\n## B\n\nTwo."), 1_000))
    assert caught.value.advice.phrase == "error.unreadable_heavy"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (
            "html",
            '<html lang=fr><meta name=author content="Ann Bee"><meta name=date content=2020-02-03>'
            "<link rel=canonical href=https://a.example/b><title>T</title><h1>É</h1><p>One<h2>B</h2>x",
        ),
        ("md", "---\ntitle: É\ndate: 2020-02-03\nauthor: Ann Bee\n---\n\nOne.\n\n## B\n\nx"),
        ("txt", "É\n\nOne."),
        ("srt", "1\n00:00:01,000 --> 00:00:02,000\nÉ: One."),
        ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v É>One."),
    ],
)
def test_on_either_side_of_the_wall_the_same_is_read(kind: str, content: str) -> None:
    here, there = (
        list(walled(kind, is_light=is_light)(f"a.{kind}", BytesIO(content.encode()), 1_000))
        for is_light in (bool, lambda content: False)
    )
    assert here == there
    assert len(here) == 1


def test_our_packages_are_found_by_a_python_that_does_not_have_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", str(Path(sys.executable).resolve()))  # of no venv
    assert read(GOOD).title == "a"


@pytest.mark.parametrize(
    ("command", "phrase"),
    [
        ("kill -KILL $$", "heavy"),
        ("kill -SEGV $$", "broken"),
        ("echo lost >&2; exit 1", "broken"),
        ("exit 0", "broken"),
        ("echo {}", "broken"),
        ("echo '{\"reading\": 1}'", "broken"),
        ("head -c 2000 /dev/zero", "heavy"),
    ],
)
def test_however_the_other_side_ends_there_is_one_sentence(
    command: str,
    phrase: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    stand_in(tmp_path, monkeypatch, command)
    error = refusal(GOOD, Limits(answer_bytes=1_000))
    assert error.advice.phrase == f"error.unreadable_{phrase}"
    assert capfd.readouterr() == ("", "")


def test_what_the_other_side_complained_of_is_kept_with_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "echo lost >&2", "exit 1")
    assert getattr(refusal(GOOD).__cause__, "stderr", None) == b"lost\n"


def test_the_other_side_knows_no_secret_and_stands_in_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-secret")
    seen = tmp_path / "seen"
    answer = json.dumps({"reading": ANSWER})
    stand_in(tmp_path, monkeypatch, f"env > {seen}", f"ls -A >> {seen}", f"echo '{answer}'")
    assert read(GOOD).source == "a.pdf"
    lines = seen.read_text().splitlines()
    assert {line.partition("=")[0] for line in lines} <= {"PATH", "PWD", "OLDPWD", "SHLVL", "_"}
    assert f"PATH={os.environ['PATH']}" in lines
    (folder,) = (line.removeprefix("PWD=") for line in lines if line.startswith("PWD="))
    assert folder != os.getcwd()
    assert not Path(folder).exists()
