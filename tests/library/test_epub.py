from io import BytesIO
from zipfile import ZipFile

import pytest

from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.readers.epub import epub_reading
from learncomm_agent.library.resources import Reading, ResourceKind

CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>"
)
METADATA = "<dc:title>A Book</dc:title><dc:language>de-AT</dc:language>"
BOMB = (
    '<!DOCTYPE html [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


def xhtml(body: str, title: str = "<title>A Book</title>") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
        f"<head>{title}</head><body>{body}</body></html>"
    )


def package(*chapters: str, metadata: str = METADATA, properties: str = "") -> str:
    items = "".join(
        f'<item id="{chapter}" href="{chapter}" media-type="application/xhtml+xml"/>'
        for chapter in reversed(chapters)
    )
    spine = "".join(f'<itemref idref="{chapter}"/>' for chapter in chapters)
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{metadata}</metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )


def archive(entries: dict[str, str | bytes]) -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w") as written:
        for name, content in {"META-INF/container.xml": CONTAINER, **entries}.items():
            written.writestr(name, content)
    return stream.getvalue()


def book(*chapters: str | bytes, metadata: str = METADATA, **more: str) -> bytes:
    named = {f"OPS/{n}.xhtml": chapter for n, chapter in enumerate(chapters, 1)}
    names = [f"{n}.xhtml" for n in range(1, len(chapters) + 1)]
    return archive({"OPS/book.opf": package(*names, metadata=metadata), **named, **more})


def outline(found: Reading) -> list[tuple[tuple[str, ...], str]]:
    return [(section.place.headings, section.text) for section in found.sections]


def words(*chapters: str | bytes) -> str:
    return "\n\n".join(text for _, text in outline(epub_reading("a.epub", book(*chapters))))


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableResourceError) as refused:
        epub_reading("a.epub", content)
    assert refused.value.advice.values["name"] == "a.epub"
    return refused.value.advice.phrase.removeprefix("error.unreadable_")


def test_chapters_are_read_in_the_order_of_the_spine_under_their_titles() -> None:
    found = epub_reading(
        "shelf/a.epub",
        book(
            xhtml("<h1>A Book</h1><p>Foreword.</p>"),
            xhtml("<h1>One</h1><p>First.</p><h2>Part</h2><ul><li>x</li><li>y</li></ul>"),
            xhtml("<h2>Sub</h2><p>Second.</p>", "<title>Two</title>"),
            xhtml("<h3>Three</h3><p>Third.</p>", "<title>Three</title>"),
            xhtml("<p>Afterword.</p>"),
            xhtml("<h1>Six</h1><p>6</p><h1>Seven</h1><p>7</p>"),
        ),
    )
    assert (found.source, found.kind) == ("shelf/a.epub", ResourceKind.BOOK)
    assert (found.title, found.language) == ("A Book", "de")
    assert outline(found) == [
        ((), "Foreword."),
        (("One",), "First."),
        (("One", "Part"), "- x\n- y"),
        (("Two", "Sub"), "Second."),
        (("Three",), "Third."),
        ((), "Afterword."),
        (("Six",), "6"),
        (("Seven",), "7"),
    ]


def test_a_book_without_a_title_is_titled_by_its_name() -> None:
    found = epub_reading("a/my book.epub", book(xhtml("<h1>One</h1><p>x</p>"), metadata=""))
    assert (found.title, found.language, outline(found)) == ("my book", None, [(("One",), "x")])


def test_contents_and_pictures_are_no_chapters_and_none_is_read_twice() -> None:
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav x"/>'
        '<item id="cover" href="cover.svg" media-type="image/svg+xml"/>'
        '<item id="one" href="../text/caf%C3%A9%20one.xhtml#top" media-type="application/xhtml+xml"/>'
        '</manifest><spine><itemref idref="cover"/><itemref idref="nav"/>'
        '<itemref idref="one"/><itemref idref="one"/></spine></package>'
    )
    content = archive(
        {
            "OPS/book.opf": opf,
            "OPS/nav.xhtml": xhtml("<nav>contents</nav>"),
            "OPS/cover.svg": "<svg/>",
            "text/café one.xhtml": xhtml("<p>Once.</p>"),
        }
    )
    assert [text for _, text in outline(epub_reading("a.epub", content))] == ["Once."]


@pytest.mark.parametrize(
    "chapter",
    [
        xhtml("<p>a&nbsp;b &eacute; &amp; &lt;i&gt; &own;</p>", "<title/><script src='x'/>"),
        xhtml("<p><a id='p1'/>a\xa0b <span/>é &amp; &lt;i> &amp;own;</p>").encode(),
        xhtml("<p>a&nbsp;b<br> é & &lt;i> &own;").replace("b<br>", "b"),
        xhtml("<p>a&#160;b &#233; &amp; &lt;i&gt; &amp;own;</p><style>x</style><svg>y</svg>")
        .replace("utf-8", "iso-8859-1")
        .encode("latin-1"),
        ("\ufeff" + xhtml("<p>a\xa0b é &amp; &lt;i&gt; &own;</p>")).encode("utf-16"),
        xhtml("<p>a\xa0b é &amp; &lt;i&gt; &own;</p>").replace("utf-8", "cp1252").encode("cp1252"),
    ],
)
def test_chapters_of_every_make_are_understood(chapter: str | bytes) -> None:
    assert words(chapter).replace("\xa0", " ") == "a b é & <i> &own;"


def test_a_chapter_tells_its_encoding() -> None:
    for encoding in ("windows-1251", "utf-16"):
        chapter = xhtml("<p>Ну да</p>", "<title/>").replace("utf-8", encoding)
        assert words(chapter.encode(encoding)) == "Ну да"


def test_many_empty_anchors_are_no_nesting() -> None:
    assert words(xhtml("<p>" + "<span id='x'/>word " * 3_000 + "</p>")).count("word") == 3_000


def test_books_and_chapters_without_words_are_told() -> None:
    assert refusal(b"") == "empty"
    assert refusal(book()) == "empty"
    assert refusal(book(xhtml("<p> </p><img src='a.png'/>"), b" ", "<x")) == "empty"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7 words",
        book(xhtml("<p>cut</p>"))[:-30],
        archive({}),
        archive({"OPS/book.opf": "<package"}),
        archive({"OPS/book.opf": package("gone.xhtml")}),
        archive({"OPS/book.opf": package("../../../etc/passwd")}),
        archive({"OPS/book.opf": "<p><spine><itemref idref='x'/></spine></p>"}),
        archive({"META-INF/container.xml": "<container/>"}),
        archive({"OPS/book.opf": package("1"), "OPS/1": "x", "../evil": "x"}),
        book(xhtml("<div>" * 5_000 + "deep")),
        book(b"\x89PNG\0\0"),
    ],
)
def test_broken_books_are_told(content: bytes) -> None:
    assert refusal(content) in ("broken", "binary")


@pytest.mark.parametrize("bomb", ["<p>&l9;</p>", "<p>&l1;</p>", "<p title='&l9;'>x</p>"])
def test_entities_are_never_expanded(bomb: str) -> None:
    chapter = xhtml(bomb).replace("<!DOCTYPE html>", BOMB)
    assert refusal(book(chapter)) == "broken"
    external = '<!DOCTYPE x [<!ENTITY l0 SYSTEM "file:///etc/passwd">]>'
    assert refusal(archive({"OPS/book.opf": external + package("1")})) == "broken"
    assert refusal(archive({"META-INF/container.xml": BOMB + CONTAINER})) == "broken"


def locked(algorithm: str, path: str) -> str:
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" '
        'xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>'
        f'<enc:EncryptionMethod Algorithm="{algorithm}"/><enc:CipherData>'
        f'<enc:CipherReference URI="{path}"/></enc:CipherData></enc:EncryptedData></encryption>'
    )


def test_a_locked_book_is_told_and_hidden_fonts_are_no_lock() -> None:
    def with_lock(algorithm: str, path: str) -> bytes:
        lock = {"META-INF/encryption.xml": locked(algorithm, path)}
        return book(xhtml("<p>Open.</p>"), **lock)

    aes = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
    assert refusal(with_lock(aes, "OPS/1.xhtml")) == "encrypted"
    for algorithm, path in (("http://www.idpf.org/2008/embedding", "a"), (aes, "OPS/a.OTF")):
        assert epub_reading("a.epub", with_lock(algorithm, path)).sections[0].text == "Open."
