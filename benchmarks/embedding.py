"""How many chunks a CPU-second embeds, ours beside Chroma's own path, with the same model file.

    python benchmarks/embedding.py

Chroma's path is its class as it stands: every text padded to 256 tokens, 32 texts a batch, its own
session options. Both embed the same texts in turn; the median of the rounds counts. What matters is
the ratio: the figures themselves depend on the machine and on what else runs there.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learncomm_agent.library.embedders.minilm import MiniLM
from learncomm_agent.library.embedders.models import ModelFiles, fetch_models

ROUNDS = 3
WORDS = (
    "we read a book in the club and every week one member asks what it means for our own work "
    "then the group talks about it who was there when did they learn to listen how can people "
    "find time to write why do some never speak"
)
"""Each of them is one token of the model."""


@dataclass(frozen=True)
class Case:
    """Texts of about one length, and the ratio that is to be reached."""

    tokens: int
    spread: int
    texts: int
    bar: float


CASES = (Case(80, 20, 96, bar=3.0), Case(240, 14, 48, bar=0.95))


def write_texts(case: Case) -> list[str]:
    """Write texts whose tokens, the begin and end marks with them, are so many on average."""
    dice = random.Random(case.tokens)
    lengths = [case.tokens + case.spread * (2 * i // case.texts * 2 - 1) for i in range(case.texts)]
    lengths = [dice.randint(min(n, case.tokens), max(n, case.tokens)) for n in lengths]
    dice.shuffle(lengths)
    return [" ".join(dice.choices(WORDS.split(), k=length - 2)) for length in lengths]


def chromas_own(files: ModelFiles, cache: Path) -> Callable[[list[str]], Any]:
    """Give Chroma's default embedding function our model file, by way of its cache folder."""
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

    function = ONNXMiniLM_L6_V2()
    function.DOWNLOAD_PATH = cache
    folder = cache / function.EXTRACTED_FOLDER_NAME
    folder.mkdir()
    (folder / "model.onnx").symlink_to(files.model)
    (folder / "tokenizer.json").symlink_to(files.tokenizer)
    # It looks whether these are there, and does not read them.
    for name in ("config.json", "special_tokens_map.json", "tokenizer_config.json", "vocab.txt"):
        (folder / name).touch()
    return function


def speed(embed: Callable[[list[str]], Any], texts: list[str]) -> tuple[float, float]:
    """Return texts a CPU-second, and texts a second of the clock on the wall."""
    wall, cpu = time.perf_counter(), time.process_time()
    embed(texts)
    return (
        len(texts) / (time.process_time() - cpu),
        len(texts) / (time.perf_counter() - wall),
    )


def measure(case: Case, ours: Callable[..., Any], theirs: Callable[..., Any]) -> bool:
    """Print one line a case; return whether its bar was reached."""
    texts = write_texts(case)
    pairs = [(speed(ours, texts), speed(theirs, texts)) for _ in range(ROUNDS)]
    cpu, their_cpu = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    wall, their_wall = (statistics.median(pair[side][1] for pair in pairs) for side in (0, 1))
    ratio = cpu / their_cpu
    print(
        f"{case.tokens:>4} tokens: {cpu:6.1f} chunks a CPU-second, Chroma {their_cpu:6.1f}: "
        f"{ratio:.2f} x (bar {case.bar} x); on the wall {wall / their_wall:.2f} x"
    )
    return ratio >= case.bar


def main() -> int:
    """Run all cases; 1 where a bar was missed."""
    files = fetch_models()
    ours = MiniLM(files)
    with tempfile.TemporaryDirectory() as cache:
        ours.load()
        theirs = chromas_own(files, Path(cache))
        for embed in (ours.embed, theirs):
            embed(["warm up"] * 8)
        reached = [measure(case, ours.embed, theirs) for case in CASES]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
