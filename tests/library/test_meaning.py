import asyncio
from collections.abc import Sequence
from pathlib import Path
from threading import Event

from learncomm_agent.library.embedding import EmbeddingModel, Vectors
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.storage.chroma import ChromaFolder
from learncomm_agent.storage.vectors import Vectors as VectorStore
from learncomm_agent.testing.embedder import HashingEmbedder


class Busy(HashingEmbedder):
    """Goes on embedding texts until it is told to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.stop = Event(), Event()

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.began.set()
        assert self.stop.wait(20)
        return super().embed(texts)


async def test_a_question_does_not_wait_behind_texts(tmp_path: Path) -> None:
    embedder = Busy()
    meaning = Meaning(
        lambda: embedder, lambda model: VectorStore(ChromaFolder(tmp_path / "vectors"), model)
    )
    await meaning.load()
    filling = asyncio.create_task(meaning.embed(["herons stand still"]))
    await asyncio.to_thread(embedder.began.wait, 20)
    asked = await meaning.embed_query("herons stand still")
    assert not filling.done()
    embedder.stop.set()
    assert (await filling)[0].tolist() == asked.tolist()
    await meaning.close()


def test_nearness_has_one_scale_whatever_is_unrelated_to_a_model() -> None:
    model = EmbeddingModel("some", 8, unrelated=0.7)
    assert [round(model.nearness(cosine), 6) for cosine in (0.7, 0.85, 1.0)] == [0.0, 0.5, 1.0]
    assert model == EmbeddingModel("some", 8), "a collection is found again by name and size"
