"""Whatever a file is called, it is read as what it is, or refused in one clear sentence."""

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import docx
import pptx
import pytest
from pypdf import PdfReader, PdfWriter

from learncomm_agent.agent import Agent
from learncomm_agent.library.reading import Readers, Unread
from learncomm_agent.library.resources import Place, Reading, ResourceKind
from learncomm_agent.settings import EmbeddingSettings, Settings
from learncomm_agent.words import Words
from tests.library.test_pdf import document, page, pdf, stream

READERS = Readers()
WORDS = Words()
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)


def zipped(entries: dict[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def saved(made: Any) -> bytes:
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()


def word(text: str = "Hello") -> bytes:
    made = docx.Document()
    made.add_paragraph(text)
    made.core_properties.author = "Ada Reader"
    return saved(made)


def slides() -> bytes:
    made = pptx.Presentation()
    shapes = made.slides.add_slide(made.slide_layouts[5]).shapes
    assert shapes.title is not None
    shapes.title.text = "Hello"
    return saved(made)


def book(chapter: bytes = b"<html><body><h1>One</h1><p>Hello</p></body></html>") -> bytes:
    return zipped(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": b'<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>',
            "b.opf": b"<package><metadata><title>A book</title><creator>Ada</creator><creator>Ben</creator>"
            b"<date>2019-05</date><date>2020</date></metadata><manifest><item id='c' href='c.xhtml'/></manifest>"
            b"<spine><itemref idref='c'/></spine></package>",
            "c.xhtml": chapter,
        },
    )


def locked(user: str) -> bytes:
    writer, out = PdfWriter(clone_from=PdfReader(BytesIO(GOOD))), BytesIO()
    writer.encrypt(user, "owner", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def many(count: int) -> bytes:
    return zipped({"word/document.xml": b"", **{f"{n}": b"" for n in range(count)}}, ZIP_STORED)


def scanned(*texts: str) -> bytes:
    """Write a document whose pages without a text show a picture."""
    image = stream(
        b"\0",
        b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray",
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%b] >>"
        % (len(texts), b" ".join(b"%d 0 R" % (5 + 2 * n) for n in range(len(texts)))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        image,
    ]
    for number, text in enumerate(texts):
        shown = b"" if text else b"/XObject << /I 4 0 R >>"
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> %b >> >>" % (6 + 2 * number, shown),
            stream(page(text) if text else b"/I Do"),
        ]
    return pdf(*objects)


GOOD = document(page("Hello"))
HTML = b"<!DOCTYPE html>\n<html><head><title>T</title></head><body><p>Hello</p></body></html>"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
MP4 = b"\0\0\0\x18ftypmp42"
QUINE = zipped({"r/r.gz": b"\x1f\x8b\x08"})

READ = {
    "a PDF called a document": ("a.docx", GOOD, ResourceKind.PDF),
    "a PDF called a text": ("a.txt", GOOD, ResourceKind.PDF),
    "a PDF that may not be printed": ("a.pdf", locked(""), ResourceKind.PDF),
    "a page called a PDF": ("a.pdf", HTML, ResourceKind.HTML),
    "a page called a text": ("a.txt", HTML, ResourceKind.HTML),
    "a page with a mark called a document": ("a.docx", b"\xef\xbb\xbf" + HTML, ResourceKind.HTML),
    "a text called a PDF": ("a.pdf", "Héllo".encode(), ResourceKind.TEXT),
    "slides called a document": ("a.docx", slides(), ResourceKind.SLIDES),
    "a document called a PDF": ("a.pdf", word(), ResourceKind.DOCUMENT),
    "a document called an archive": ("a.zip", word(), ResourceKind.DOCUMENT),
    "a book called an archive": ("a.zip", book(), ResourceKind.BOOK),
    "a note on PDF": ("a.md", b"%PDF is how\nsuch files begin. Hello", ResourceKind.MARKDOWN),
    "a note on ID3": ("a.txt", b"ID3 tags: Hello", ResourceKind.TEXT),
}
REFUSED = {
    "a PDF with a password": ("a.pdf", locked("secret"), "encrypted"),
    "a document with a password": ("a.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    "a document of old": ("a.doc", OLE + "WordDocument".encode("utf-16-le"), "other_format"),
    "a document of old called a new one": ("a.docx", OLE + "WordDocument".encode("utf-16-le"), "other_format"),
    "a table of old": ("a.xls", OLE + "Workbook".encode("utf-16-le"), "table"),
    "a table": ("a.xlsx", zipped({"xl/workbook.xml": b"<x/>"}), "table"),
    "a table of words": ("a.csv", b"a,b\n1,2\n", "table"),
    "a table called a document": ("a.docx", zipped({"xl/workbook.xml": b"<x/>"}), "table"),
    "an open document": ("a.odt", zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}, ZIP_STORED), "other_format"),
    "rich text": ("a.txt", rb"{\rtf1\ansi Hello}", "other_format"),
    "a picture": ("a.png", PNG, "picture"),
    "a picture called a text": ("a.txt", PNG, "picture"),
    "a picture called a PDF": ("a.pdf", b"\xff\xd8\xff\xe0\0\x10JFIF", "picture"),
    "a picture of a phone": ("a.heic", b"\0\0\0\x18ftypheic", "picture"),
    "a drawing": ("a.svg", b"<svg/>", "picture"),
    "a film": ("a.mp4", MP4, "recording"),
    "a song called Markdown": ("a.md", b"ID3\x03\0\0\0", "recording"),
    "an archive": ("a.zip", zipped({"a.md": b"# Hello"}), "archive"),
    "an archive in an archive": ("a.zip", zipped({"a.zip": zipped({"a.docx": word()})}), "archive"),
    "an archive called a document": ("a.docx", zipped({"a.md": b"# Hello"}), "archive"),
    "an archive that holds itself": ("a.epub", QUINE, "archive"),
    "an empty archive": ("a.zip", zipped({}), "archive"),
    "a packed file": ("a.txt", b"\x1f\x8b\x08\0", "archive"),
    "a document of many parts": ("a.docx", many(6_000), "heavy"),
    "a document that unpacks to too much": ("a.docx", zipped({"word/document.xml": bytes(60_000_000)}), "heavy"),
    "a book with an archive for a chapter": ("a.epub", book(zipped({"x": b"y"})), "binary"),
    "half a document": ("a.docx", word()[:9_000], "broken"),
    "noise called a PDF": ("a.pdf", b"\x80\x81\x82" * 500, "broken"),
    "noise called a text": ("a.txt", b"\x7fELF\x02\x01\x01\0", "binary"),
    "an empty PDF": ("a.pdf", b"", "empty"),
    "an empty document": ("a.docx", b"  \n", "empty"),
    "a document without words": ("a.docx", word(""), "empty"),
    "an empty text": ("a.txt", b"", "empty"),
    "an empty page": ("a.html", b"<html></html>", "empty"),
    "something else": ("a.xyz", b"Hello", "kind"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "kind"), READ.values(), ids=READ)
def test_a_file_is_read_as_what_it_is(name: str, content: bytes, kind: ResourceKind) -> None:
    (found,) = READERS.read(name, content)
    assert isinstance(found, Reading), found
    assert (found.source, found.kind) == (name, kind)
    assert "llo" in found.sections[0].text


@pytest.mark.parametrize(("name", "content", "why"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_not_read_says_why_in_one_sentence(
    name: str, content: bytes, why: str
) -> None:
    (found,) = READERS.read(name, content)
    assert isinstance(found, Unread), found
    advice = found.error.advice
    assert advice.phrase == f"error.unreadable_{why}"
    for language in WORDS.languages():
        assert name in WORDS.phrase(advice.phrase, language=language, **advice.values)


def test_pages_that_are_pictures_are_named_and_the_others_are_read() -> None:
    found, unread = READERS.read("a.pdf", scanned("One", "", "", "Four", ""))
    assert isinstance(found, Reading) and isinstance(unread, Unread)
    assert [section.place for section in found.sections] == [Place(page=1), Place(page=4)]
    advice = unread.error.advice
    said = WORDS.phrase(advice.phrase, language="en", **advice.values)
    assert said.startswith("Pages 2-3 and 5 of “a.pdf” show only a picture")


def test_an_empty_page_is_no_picture() -> None:
    assert len(list(READERS.read("a.pdf", document(page("One"), b"")))) == 1


@pytest.mark.parametrize(
    ("name", "content", "author", "day"),
    [
        ("a.md", b"---\nauthor: Ada Reader\ndate: 2024-05-02\n---\nHello", "Ada Reader", "2024-05-02"),
        ("a.md", b"---\nauthor: [Ada, Ben]\ndate: 2024-05-02T23:00:00-05:00\n---\nHello", "Ada, Ben", "2024-05-03"),
        ("a.md", b"---\nauthor: ada@example.org\ndate: soon\n---\nHello", None, None),
        ("a.md", b"---\nauthor: 7\ndate: 7\n---\nHello", None, None),
        ("a.epub", book(), "Ada, Ben", None),
        ("a.docx", word(), "Ada Reader", None),
        ("a.pdf", document(page("Hello"), trailer=b"/Info << /Author (Ada Reader) >>"), "Ada Reader", None),
        ("a.pdf", document(page("Hello"), trailer=b"/Info << /Author (user) >>"), None, None),
    ],
)  # fmt: skip
def test_what_a_file_says_of_itself_is_kept(
    name: str, content: bytes, author: str | None, day: str | None
) -> None:
    (found,) = READERS.read(name, content)
    assert isinstance(found, Reading)
    said = found.published_at and found.published_at.date().isoformat()
    assert (found.author, said) == (author, day)


class Endless(BytesIO):
    """A file of 200 MB that nobody may read."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return 200_000_000 if whence == 2 else super().seek(offset, whence)

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None and 0 <= size < 10_000
        return super().read(size)


@pytest.mark.parametrize("head", [b"%PDF-1.7", b"PK\x03\x04", b"<html>", b"Hello"])
def test_what_is_too_large_is_refused_before_it_is_read(
    head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("learncomm_agent.library.reading.BytesIO", Endless)
    (found,) = READERS.read("a.txt", head)
    assert isinstance(found, Unread)
    assert found.error.advice.phrase == "error.unreadable_large"


async def test_a_folder_of_such_files_is_added_as_far_as_it_goes(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with (folder / "huge.pdf").open("wb") as file:
        file.write(b"%PDF-1.7")
        file.truncate(200_000_000)
    for name, content in {"a.docx": GOOD, "b.txt": PNG, "c.pdf": scanned("One", "")}.items():
        (folder / name).write_bytes(content)
    settings = Settings(data=tmp_path / "data", embedding=EmbeddingSettings(kind="off"))
    async with Agent(settings) as agent:
        addition = await agent.add(folder)
    assert len(addition.added) == 2
    assert [(each.source, each.error.advice.phrase) for each in addition.unread] == [
        ("b.txt", "error.unreadable_picture"),
        ("c.pdf", "error.unreadable_pages"),
        ("huge.pdf", "error.unreadable_large"),
    ]
