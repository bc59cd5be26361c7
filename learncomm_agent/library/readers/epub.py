"""E-books (EPUB): the chapters in their order of reading."""

import re
from dataclasses import replace
from html.entities import html5
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag
from zipfile import ZipFile

from learncomm_agent.library.readers.about import author_of, published
from learncomm_agent.library.readers.cleaning import clean_line, decoded, name_title
from learncomm_agent.library.readers.html import gather, parsed
from learncomm_agent.library.readers.outline import Outline
from learncomm_agent.library.readers.reader import unreadable
from learncomm_agent.library.readers.zipped import checked, sense_of
from learncomm_agent.library.resources import Reading, ResourceKind

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_FONT_ALGORITHMS = (
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
)
"""They only hinder taking a font out of the book; its text is not touched."""
_FONTS = (".otf", ".ttf", ".ttc", ".woff", ".woff2")
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,400}\?>")
_DECLARED = re.compile(rb"\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]+)")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z]\w{0,40});")
_HEADINGS = "//h1 | //h2 | //h3 | //h4 | //h5 | //h6"


def epub_reading(name: str, content: bytes) -> Reading:
    """Read an e-book: chapters as in its spine, under their own headings.

    A chapter without a heading of level 1 stands under the title of its page.

    Raises:
        UnreadableResourceError: Broken, locked, too heavy, or without any text.
    """
    with sense_of(name), ZipFile(checked(name, content)) as archive:
        if _ENCRYPTION in archive.namelist():
            _check_locks(name, _xml(name, archive.read(_ENCRYPTION)))
        return _Book(name, archive).reading()


class _Book:
    """An open book."""

    def __init__(self, name: str, archive: ZipFile) -> None:
        self._name = name
        self._archive = archive
        container = _xml(name, archive.read(_CONTAINER))
        self._package_path = str(container.xpath("string(//*[local-name()='rootfile']/@full-path)"))
        self._package = _xml(name, archive.read(self._package_path))

    def reading(self) -> Reading:
        """Read all of it."""
        title = clean_line(self._about("title")) or name_title(self._name)
        outline = Outline()
        for path in self._chapters():
            self._add_chapter(outline, path, title)
        language = self._about("language")
        reading = outline.reading(self._name, ResourceKind.BOOK, title=title, language=language)
        return replace(
            reading,
            author=author_of(self._all("creator")),
            published_at=published(self._about("date")),
        )

    def _about(self, word: str) -> str:
        found = f"string(//*[local-name()='metadata']//*[local-name()='{word}'])"
        return str(self._package.xpath(found))

    def _all(self, word: str) -> list[str]:
        found = f"//*[local-name()='metadata']//*[local-name()='{word}']"
        return [clean_line("".join(each.itertext())) for each in self._package.xpath(found)]

    def _chapters(self) -> list[str]:
        """List the paths of the chapters in order; the table of contents is none."""
        items = {
            item.get("id"): item for item in self._package.xpath("//*[local-name()='item'][@href]")
        }
        spine = self._package.xpath("//*[local-name()='spine']/*[local-name()='itemref']/@idref")
        folder = dirname(self._package_path)
        return [
            normpath(join(folder, unquote(urldefrag(item.get("href")).url)))
            for item in (items[idref] for idref in dict.fromkeys(spine))
            if "nav" not in item.get("properties", "").split()
            and not item.get("media-type", "").startswith("image/")
        ]

    def _add_chapter(self, outline: Outline, path: str, book_title: str) -> None:
        content = self._archive.read(path)
        page = _page(self._name, content) if content.strip() else None
        body = None if page is None else page.find("body")
        if page is None or body is None or not "".join(body.itertext()).strip():
            return
        if page.find(".//h1") is None:
            title = clean_line(page.findtext("head/title") or "") or book_title
            first = next(iter(body.xpath(_HEADINGS)), None)
            if first is not None and clean_line("".join(first.itertext())) == title:
                first.tag = "h1"
            else:
                # Else it would stand under the heading where the chapter before it ended.
                outline.heading(1, title)
        gather(body, outline)


def _page(name: str, content: bytes) -> "HtmlElement | None":
    """Parse a chapter as XHTML, which it should be, else as HTML.

    Parsed as HTML alone, `<title/>` or `<script/>` would swallow the rest of the chapter.
    """
    from lxml import etree

    declared = _DECLARED.match(content)
    text = decoded(name, content, declared=declared[1].decode("ascii") if declared else None)
    text = text.removeprefix("\ufeff")
    if declaration := _DECLARATION.match(text):  # the encoding that it names is another now
        text = text[declaration.end() :]
    try:
        page = _xml(name, _ENTITY.sub(_character, text).encode("utf-8", "replace"))
    except etree.XMLSyntaxError:
        return parsed(text)
    for element in page.iter():
        element.tag = etree.QName(element).localname
    etree.cleanup_namespaces(page)
    return parsed(etree.tostring(page, method="html", encoding="unicode"))


def _character(entity: re.Match[str]) -> str:
    """Write an entity of HTML as its character; others are text."""
    return html5.get(entity[1] + ";") or f"&amp;{entity[1]};"


def _xml(name: str, content: bytes) -> Any:
    """Parse XML; nothing is fetched, no entity is expanded.

    Raises:
        UnreadableResourceError: It declares entities of its own, as only attacks do.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(content, parser)
    types = root.getroottree().docinfo.internalDTD
    if types is not None and next(iter(types.iterentities()), None) is not None:
        raise unreadable(name, "declares entities", "unreadable_broken")
    return root


def _check_locks(name: str, encryption: Any) -> None:
    """Raise where more than fonts is encrypted."""
    for data in encryption.xpath("//*[local-name()='EncryptedData']"):
        algorithm = data.xpath("string(./*[local-name()='EncryptionMethod']/@Algorithm)")
        path = data.xpath("string(.//*[local-name()='CipherReference']/@URI)")
        if algorithm not in _FONT_ALGORITHMS and not path.lower().endswith(_FONTS):
            raise unreadable(name, f"is locked by {algorithm!r}", "unreadable_encrypted")
