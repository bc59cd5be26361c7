"""What the tests of writing share: the word lists that are shipped, and short ways to make values."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.library.resources import Passage, Place, ResourceId
from learncomm_agent.writing.extractive.patterns import Patterns, read_patterns
from learncomm_agent.writing.items import Transcript, Utterance
from learncomm_agent.writing.language.cues import Cues, read_cues

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"


def table(folder: str, language: str) -> Mapping[str, Any]:
    file = KNOWLEDGE / folder / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


@pytest.fixture(scope="session")
def tables() -> Callable[[str, str], Mapping[str, Any]]:
    return table


@pytest.fixture(scope="session")
def english() -> Cues:
    return read_cues({**table("claims", "en"), **table("cues", "en"), **table("forms", "en")})


@pytest.fixture(scope="session")
def german() -> Cues:
    return read_cues({**table("claims", "de"), **table("cues", "de"), **table("forms", "de")})


@pytest.fixture(scope="session")
def english_patterns() -> Patterns:
    return read_patterns(table("questions", "en"))


@pytest.fixture(scope="session")
def german_patterns() -> Patterns:
    return read_patterns(table("questions", "de"))


@pytest.fixture
def passage() -> Callable[..., Passage]:
    def make(text: str, *headings: str, title: str = "Hosting a circle", **changes: Any) -> Passage:
        values: dict[str, Any] = {
            "resource": ResourceId(1),
            "revision": 1,
            "source": "circle.md",
            "title": title,
            "place": Place(headings),
            "chunk": "c0ffee",
            "start": 0,
            "end": len(text),
            "text": text,
            "score": 0.9,
            "shared_by": None,
            "shared_at": datetime(2024, 3, 1, tzinfo=UTC),
        }
        return Passage(**(values | changes))

    return make


@pytest.fixture
def transcript() -> Callable[..., Transcript]:
    """Make a transcript from `(speaker, text)` pairs, with ids m0, m1, … and a minute between."""

    def make(*said: tuple[str, str], language: str = "en", **changes: Any) -> Transcript:
        utterances = tuple(
            Utterance(
                f"m{i}", speaker, text, datetime(2024, 5, 8, 15 + i // 60, i % 60, tzinfo=UTC)
            )
            for i, (speaker, text) in enumerate(said)
        )
        return Transcript("Reading evening", utterances, language=language, **changes)

    return make
