"""The files of the public page: what stands in each, and how they come into the folder and out of it."""

import hashlib
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from learncomm_agent.caring.public_page import Item, Site, body_of, index_page, item_page
from learncomm_agent.chat.people import Community
from learncomm_agent.community.public_feed import feed_of
from learncomm_agent.community.public_lines import Shown
from learncomm_agent.storage.publications import Publication
from learncomm_agent.writing.layout import Layout


@dataclass(frozen=True, slots=True)
class Made:
    """The page as it is to be."""

    community: Community
    known: Mapping[str, Any]
    """What it was when it was last written."""
    site: Site
    items: list[Item]
    shown: list[tuple[Publication, Shown]]
    """What leaders put there, and what may be read of it."""


def item_of(
    site: Site,
    known: Mapping[str, Any],
    layout: Layout,
    it: Publication,
    shown: Shown,
    now: datetime,
) -> Item:
    """Return one thing as the page shows it; it counts as changed where it says something else than before."""
    at = layout.local(it.published_at.isoformat())
    made = Item(
        id=it.id,
        uuid=str(uuid5(UUID(site.uuid), str(it.id))),
        title=shown.title,
        dated=layout.phrase("public.dated", at=at),
        published_at=it.published_at,
        updated_at=it.published_at,
        parts=shown.parts,
    )
    before = known.get("items", {}).get(str(it.id))
    if before is None:
        return made
    updated = datetime.fromisoformat(before[1])
    return replace(made, updated_at=updated if before[0] == _mark(made) else now)


def _mark(item: Item) -> str:
    """Return what tells whether something says the same as before."""
    said = f"{item.title}\0{body_of(item)}"
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=10).hexdigest()


def record_of(made: Made, files: list[str]) -> dict[str, Any]:
    """Return what is to be known of the page; also of what rests, as it comes back as it was."""
    there = {str(it.id) for it, _ in made.shown}
    before = {id: it for id, it in made.known.get("items", {}).items() if id in there}
    now = {str(each.id): [_mark(each), each.updated_at.isoformat()] for each in made.items}
    return {"uuid": made.site.uuid, "items": {**before, **now}, "files": files}


def files_of(made: Made) -> dict[str, bytes]:
    """Return the files of the page by their names; none where nothing stands on it."""
    if not made.items:
        return {}
    pages = {f"{each.id}.html": item_page(made.site, each) for each in made.items}
    pages["index.html"] = index_page(made.site, made.items)
    files = {name: page.encode("utf-8", "replace") for name, page in pages.items()}
    return {**files, "feed.xml": feed_of(made.site, made.items)}


def put(folder: Path, files: Mapping[str, bytes], ours: Collection[str]) -> None:
    """Take those of ours out of a folder that are to be there no more, and put files in, each at once or not at all.

    What can't be done with one file holds up no other.

    Raises:
        OSError: One can't be written or taken out: the first.
    """
    failed: list[OSError] = []
    for name in ours:
        _tried(failed, partial(_beside(folder, name).unlink, missing_ok=True))
        if name not in files:
            _tried(failed, partial((folder / name).unlink, missing_ok=True))
    if files:
        folder.mkdir(parents=True, exist_ok=True)
    elif folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    for name, content in files.items():
        if not _says(folder / name, content):
            _tried(failed, partial(_write, folder, name, content))
    if failed:
        raise failed[0]


def _tried(failed: list[OSError], act: Callable[[], None]) -> None:
    try:
        act()
    except OSError as error:  # raised once all others are done
        failed.append(error)


def _write(folder: Path, name: str, content: bytes) -> None:
    beside = _beside(folder, name)
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / name)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _beside(folder: Path, name: str) -> Path:
    return folder / f".{name}.new"


def _says(path: Path, content: bytes) -> bool:
    """Whether a file says that already, so that it need not be written anew."""
    try:
        return path.read_bytes() == content
    except OSError:  # not there, or to be replaced
        return False
