import threading
from pathlib import Path

import numpy as np
import pytest

from learncomm_agent.errors import ModelUnavailableError
from learncomm_agent.library.embedders.minilm import MiniLM
from learncomm_agent.library.embedders.models import ModelFiles, find_models
from learncomm_agent.library.embedding import Embedder, EmbeddingModel

TEXTS = [
    "A book club reads one chapter a week.",
    "Every week the reading group finishes a chapter.",
    "The bridge was closed because of heavy snow.",
    "Heavy snow",
    "word " * 400,
]


@pytest.fixture
def minilm(models_folder: Path) -> MiniLM:
    return MiniLM(find_models(folder=models_folder), threads=1)


def test_texts_of_like_meaning_are_near(minilm: MiniLM) -> None:
    embedder: Embedder = minilm
    assert embedder.model == EmbeddingModel("all-MiniLM-L6-v2-int8", 384)
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (5, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] > 0.6 > 0.2 > vectors[0] @ vectors[2]
    assert vectors[2] @ vectors[3] > 0.4


def test_a_text_has_the_same_vector_alone_and_among_others(minilm: MiniLM) -> None:
    together = minilm.embed([text for text in TEXTS for _ in range(9)])[::9]
    alone = np.concatenate([minilm.embed([text]) for text in TEXTS])
    assert (together * alone).sum(axis=1) == pytest.approx(1, abs=1e-4)
    asked = np.concatenate([minilm.embed_query(text) for text in TEXTS])
    assert (asked * alone).sum(axis=1) == pytest.approx(1, abs=1e-4)


def test_the_order_is_kept_over_many_texts(minilm: MiniLM) -> None:
    texts = [f"{'very ' * (index % 7)}{index}" for index in range(150)]
    vectors = minilm.embed(texts)
    picked = [3, 77, 149]
    assert (minilm.embed([texts[i] for i in picked]) * vectors[picked]).sum(
        axis=1
    ) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("text", ["", " \n\t", "\x00\x01", "\u200b"])
def test_a_text_without_a_word_is_zeros(minilm: MiniLM, text: str) -> None:
    vectors = minilm.embed([text, "a word", text])
    assert not vectors[[0, 2]].any()
    assert not minilm.embed_query(text).any()
    assert vectors[1].any()


def test_no_texts_are_no_rows_and_load_nothing() -> None:
    nowhere = ModelFiles("none", Path("none.onnx"), Path("none.json"))
    assert MiniLM(nowhere).embed([]).shape == (0, 384)


@pytest.mark.parametrize(
    "text", ["\ud800 lone", "日本語の文章", "🙂" * 3_000, "a" * 300_000, "a " * 300_000]
)
def test_hostile_texts_have_a_sound_vector(minilm: MiniLM, text: str) -> None:
    assert np.linalg.norm(minilm.embed([text])) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(minilm.embed_query(text)) == pytest.approx(1, abs=1e-5)


def test_what_stands_behind_the_last_token_that_the_model_sees_changes_nothing(
    minilm: MiniLM,
) -> None:
    long, longer = minilm.embed(["word " * 254, "word " * 254 + "and snow " * 90])
    assert long @ longer == pytest.approx(1, abs=1e-4)


def test_many_threads_may_embed_at_once(minilm: MiniLM) -> None:
    expected, seen = minilm.embed(TEXTS[:3]), list[float]()

    def embed() -> None:
        seen.append(float((minilm.embed(TEXTS[:3]) * expected).sum()))

    threads = [threading.Thread(target=embed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == pytest.approx([3.0] * 4, abs=1e-4)


@pytest.mark.parametrize("broken", ["model", "tokenizer", "both missing"])
def test_broken_files_are_an_error(models_folder: Path, tmp_path: Path, broken: str) -> None:
    found = find_models(folder=models_folder)
    rubbish = tmp_path / "rubbish"
    if broken != "both missing":
        rubbish.write_bytes(b"no model, no tokenizer")
    files = ModelFiles(
        "rubbish",
        found.model if broken == "tokenizer" else rubbish,
        found.tokenizer if broken == "model" else rubbish,
    )
    with pytest.raises(ModelUnavailableError) as caught:
        MiniLM(files).load()
    assert caught.value.advice.phrase == "error.model_files_chosen"


def test_onnxruntime_reports_to_nobody(minilm: MiniLM, empty_home: Path) -> None:
    minilm.load()
    assert not [path for path in empty_home.rglob("*") if "onnxruntime" in path.name]
