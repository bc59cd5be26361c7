import struct
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import docx
import pptx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx.util import Inches

from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.readers import zipped
from learncomm_agent.library.readers.office import docx_reading, pptx_reading
from learncomm_agent.library.resources import Place, Reading, ResourceKind

BOTH = pytest.mark.parametrize("reader", [docx_reading, pptx_reading])
BOMB = (
    '<!DOCTYPE x [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


def saved(document: Any) -> bytes:
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def worded(*blocks: str, title: str = "") -> bytes:
    """Save a document of the XML of blocks."""
    document = docx.Document()
    document.core_properties.title = title
    for block in blocks:
        element = parse_xml(f"<w:body {nsdecls('w')} {EXTRA}>{block}</w:body>")
        for child in list(element):
            document.element.body.insert(len(document.element.body) - 1, child)
    return saved(document)


EXTRA = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def zip_of(entries: dict[str, bytes], compression: int = ZIP_DEFLATED) -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(ZipInfo(name), content, compression)
    return stream.getvalue()


def changed(content: bytes, path: str, change: Callable[[bytes], bytes]) -> bytes:
    with ZipFile(BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    assert path in entries
    return zip_of({**entries, path: change(entries[path])})


def outline(found: Reading) -> list[tuple[tuple[str, ...], str]]:
    return [(section.place.headings, section.text) for section in found.sections]


def text(found: Reading) -> str:
    return "\n\n".join(section.text for section in found.sections)


def refusal(reader: Callable[[str, bytes], object], content: bytes) -> str:
    with pytest.raises(UnreadableResourceError) as refused:
        reader("a.file", content)
    assert refused.value.advice.values["name"] == "a.file"
    return refused.value.advice.phrase.removeprefix("error.unreadable_")


# Documents


def test_a_document_is_read_in_its_order_under_its_headings() -> None:
    document = docx.Document()
    document.core_properties.title = ""
    document.add_heading("Guide", 0)
    document.add_paragraph("Hello.")
    document.add_heading("First week", 1)
    document.add_paragraph("Bring:")
    document.add_paragraph("a pen", style="List Bullet")
    document.add_paragraph("paper", style="List Number")
    table = document.add_table(2, 2)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"cell {number}"
    document.add_paragraph("After the table.")
    document.add_heading("Day one", 2)
    document.add_paragraph("Rest.")
    document.add_heading("End", 1)
    found = docx_reading("notes/guide.docx", saved(document))
    assert (found.source, found.kind, found.title) == (
        "notes/guide.docx",
        ResourceKind.DOCUMENT,
        "Guide",
    )
    assert outline(found) == [
        ((), "Hello."),
        (
            ("First week",),
            "Bring:\n\n• a pen\n• paper\n\ncell 0 | cell 1\ncell 2 | cell 3\n\nAfter the table.",
        ),
        (("First week", "Day one"), "Rest."),
        (("End",), "End"),
    ]


def test_a_document_is_titled_by_its_properties_then_a_heading_then_its_name() -> None:
    document = docx.Document()
    document.core_properties.title = "Word Document"
    document.add_paragraph("Words.")
    assert docx_reading("a/by name.docx", saved(document)).title == "by name"
    document.add_heading("By heading", 2)
    assert docx_reading("a.docx", saved(document)).title == "By heading"
    document.core_properties.title = "By property"
    document.core_properties.language = "pt-BR"
    found = docx_reading("a.docx", saved(document))
    assert (found.title, found.language) == ("By property", "pt")


P = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (f"<w:sdt><w:sdtContent>{P.format('controlled')}</w:sdtContent></w:sdt>", "controlled"),
        (
            "<w:p><w:ins w:id='1'><w:r><w:t>new</w:t></w:r></w:ins>"
            "<w:del w:id='2'><w:r><w:delText>old</w:delText></w:r></w:del>"
            "<w:moveFrom w:id='3'><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>",
            "new",
        ),
        (
            "<w:p><w:pPr><w:tabs><w:tab w:val='left' w:pos='9'/></w:tabs></w:pPr><w:r><w:t>one"
            "</w:t><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t></w:r><w:hyperlink><w:r>"
            "<w:t xml:space='preserve'> linked</w:t></w:r></w:hyperlink></w:p>",
            "one\ntwo three linked",
        ),
        (
            "<w:p><w:r><w:t>around</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'>"
            f"<w:drawing><w:txbxContent>{P.format('boxed')}</w:txbxContent></w:drawing></mc:Choice>"
            f"<mc:Fallback><w:pict><w:txbxContent>{P.format('boxed')}</w:txbxContent></w:pict>"
            "</mc:Fallback></mc:AlternateContent></w:r></w:p>",
            "around\n\nboxed",
        ),
        ("<w:p><m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath></w:p>", "x=1"),
        (
            f"<w:tbl><w:tr><w:tc>{P.format('a')}{P.format('b')}</w:tc></w:tr>"
            f"<w:tr><w:tc><w:tcPr><w:gridSpan w:val='999999999'/></w:tcPr>{P.format('c')}</w:tc>"
            f"<w:tc><w:tbl><w:tr><w:tc>{P.format('in')}</w:tc><w:tc>{P.format('side')}</w:tc>"
            "</w:tr></w:tbl><w:p/></w:tc></w:tr></w:tbl>",
            "a\n\nb\n\nc | in side",
        ),
        (
            "<w:p><w:pPr><w:numPr><w:ilvl w:val='1'/><w:numId w:val='1'/></w:numPr></w:pPr>"
            "<w:r><w:t>inner</w:t></w:r></w:p>",
            "  • inner",
        ),
        (
            "<w:p><w:pPr><w:pStyle w:val='ListBullet'/><w:numPr><w:numId w:val='0'/></w:numPr>"
            "</w:pPr><w:r><w:t>no item</w:t></w:r></w:p>",
            "no item",
        ),
        ("<w:p><w:pPr><w:pStyle w:val='Nowhere'/></w:pPr><w:r><w:t>x</w:t></w:r></w:p>", "x"),
    ],
)
def test_no_word_is_lost_or_told_twice(block: str, words: str) -> None:
    assert text(docx_reading("a.docx", worded(block))) == words


def test_an_own_style_and_an_outline_level_make_headings_too() -> None:
    document = docx.Document()
    document.core_properties.title = "T"
    own = document.styles.add_style("Überschrift meiner Art", 1)
    own.base_style = document.styles["Heading 2"]
    document.add_paragraph("Styled", style=own)
    document.add_paragraph("One.")
    level = document.add_paragraph("Levelled")
    level.paragraph_format.element.get_or_add_pPr().append(
        parse_xml(f"<w:outlineLvl {nsdecls('w')} w:val='2'/>")
    )
    document.add_paragraph("Two.")
    assert outline(docx_reading("a.docx", saved(document))) == [
        (("Styled",), "One."),
        (("Styled", "Levelled"), "Two."),
    ]


def test_styles_based_on_each_other_in_a_circle_do_no_harm() -> None:
    document = docx.Document()
    one, two = document.styles.add_style("One", 1), document.styles.add_style("Two", 1)
    one.base_style, two.base_style = two, one
    document.add_paragraph("Round.", style=one)
    assert text(docx_reading("a.docx", saved(document))) == "Round."


def test_footnotes_follow_their_paragraph() -> None:
    noted = worded(
        "<w:p><w:r><w:t>Claim.</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r></w:p>",
        P.format("Next."),
    )
    footnotes = f"<w:footnotes {nsdecls('w')}><w:footnote w:id='2'>{P.format('Proof.')}</w:footnote></w:footnotes>"
    related = (
        b'<Relationship Id="rId99" Target="footnotes.xml" Type="http://schemas.openxmlformats.org/'
        b'officeDocument/2006/relationships/footnotes"/></Relationships>'
    )
    noted = changed(
        noted,
        "word/_rels/document.xml.rels",
        lambda content: content.replace(b"</Relationships>", related),
    )
    with ZipFile(stream := BytesIO(noted), "a") as archive:
        archive.writestr("word/footnotes.xml", footnotes)
    assert text(docx_reading("a.docx", stream.getvalue())) == "Claim.\n\nProof.\n\nNext."


def test_a_long_document_is_read_whole() -> None:
    content = worded(
        "".join(P.format(f"Paragraph {number}.") for number in range(1_000)), title="T"
    )
    assert text(docx_reading("a.docx", content)).count("Paragraph") == 1_000


# Slides


def test_slides_are_sections_with_their_number_and_notes() -> None:
    show = pptx.Presentation()
    show.core_properties.title = "PowerPoint Presentation"
    first = show.slides.add_slide(show.slide_layouts[0])
    first.shapes.title.text = "Welcome"
    first.placeholders[1].text = "to\vall"
    show.slides.add_slide(show.slide_layouts[6])
    third = show.slides.add_slide(show.slide_layouts[5])
    third.shapes.title.text = "Third"
    group = third.shapes.add_group_shape().shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "grouped"
    table = third.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(2)).table
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"cell {number}"
    third.notes_slide.notes_text_frame.text = "Say this slowly."
    last = show.slides.add_slide(show.slide_layouts[5])
    last.shapes.title.text = "Thanks"
    found = pptx_reading("talk.pptx", saved(show))
    assert (found.source, found.kind, found.title) == ("talk.pptx", ResourceKind.SLIDES, "Welcome")
    assert [(section.place, section.text) for section in found.sections] == [
        (Place(("Welcome",), page=1), "to\nall"),
        (
            Place(("Third",), page=3),
            "grouped\n\ncell 0 | cell 1\ncell 2 | cell 3\n\nSay this slowly.",
        ),
        (Place(("Thanks",), page=4), "Thanks"),
    ]


def test_slides_are_titled_by_their_properties_else_their_name() -> None:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    slide.shapes.add_textbox(0, 0, 1, 1).text_frame.text = "x"
    assert pptx_reading("my talk.pptx", saved(show)).title == "my talk"
    show.core_properties.title = "Declared"
    assert pptx_reading("my talk.pptx", saved(show)).title == "Declared"


# What can't be read


def shown() -> bytes:
    show = pptx.Presentation()
    show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = "Hi"
    return saved(show)


SAMPLES: dict[Callable[[str, bytes], Reading], Callable[[], bytes]] = {
    docx_reading: lambda: worded(P.format("Hi")),
    pptx_reading: shown,
}


@BOTH
@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 words", "broken"),
        (b"PK\x03\x04 nothing", "broken"),
        (zip_of({"a.txt": b"x"}), "broken"),
        (zipped._OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (zipped._OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le"), "broken"),
    ],
)
def test_other_content_is_told(
    reader: Callable[[str, bytes], Reading], content: bytes, phrase: str
) -> None:
    assert refusal(reader, content) == phrase


def test_one_format_under_the_name_of_another_is_told() -> None:
    assert refusal(docx_reading, shown()) == "broken"
    assert refusal(pptx_reading, worded(P.format("Hi"))) == "broken"


@BOTH
def test_cut_and_corrupt_files_are_told(reader: Callable[[str, bytes], Reading]) -> None:
    content = SAMPLES[reader]()
    for end in range(0, len(content), len(content) // 10):
        assert refusal(reader, content[:end]) in ("broken", "empty")
    middle = len(content) // 2
    assert refusal(reader, content[:middle] + b"\0" * 50 + content[middle + 50 :]) == "broken"


def test_a_document_and_slides_without_words_are_told() -> None:
    assert refusal(docx_reading, worded("<w:p/>")) == "empty"
    show = pptx.Presentation()
    assert refusal(pptx_reading, saved(show)) == "empty"
    show.slides.add_slide(show.slide_layouts[0])
    assert refusal(pptx_reading, saved(show)) == "empty"


@pytest.mark.parametrize("bomb", ["<w:t>&l9;", "<w:t>&l1;", "<w:t w:x='&l9;'>"])
def test_entities_are_never_expanded(bomb: str) -> None:
    def armed(content: bytes) -> bytes:
        head, body = content.decode().split("?>", 1)
        return (head + "?>" + BOMB + body.replace("<w:t>", bomb, 1)).encode()

    content = changed(worded(P.format("Hi")), "word/document.xml", armed)
    assert refusal(docx_reading, content) == "broken"


@pytest.mark.parametrize("path", ["ppt/slides/slide1.xml", "ppt/presentation.xml"])
def test_entities_in_slides_are_never_expanded(path: str) -> None:
    def armed(content: bytes) -> bytes:
        head, body = content.decode().split("?>", 1)
        return (head + "?>" + BOMB + body.replace(">", ">&l9;", 1)).encode()

    assert refusal(pptx_reading, changed(shown(), path, armed)) == "broken"


def test_deeply_nested_xml_is_told() -> None:
    nested = b"<w:sdt>" * 5_000 + b"</w:sdt>" * 5_000
    content = changed(
        worded(P.format("Hi")),
        "word/document.xml",
        lambda xml: xml.replace(b"<w:body>", b"<w:body>" + nested),
    )
    assert refusal(docx_reading, content) == "broken"


# Archives


def refused(content: bytes) -> str:
    return refusal(zipped.checked, content)


def lying(content: bytes, claim: int) -> bytes:
    """Make an archive of one entry declare another unpacked size, in both places."""
    changed = bytearray(content)
    struct.pack_into("<I", changed, 22, claim)
    struct.pack_into("<I", changed, changed.rindex(b"PK\x01\x02") + 24, claim)
    return bytes(changed)


def test_a_checked_archive_is_whole() -> None:
    content = zip_of({"a/b.xml": b"x" * 100_000, "c": b""})
    assert zipped.checked("a", content).read() == content
    assert zipped.checked("a", zip_of({"a": b"x"}, ZIP_STORED)).read()


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/x", "..\\x", "a\\..\\..\\x", "C:\\x", "\\\\host\\x"]
)
def test_names_that_lead_outside_are_refused(name: str) -> None:
    assert refused(zip_of({"a": b"", name: b"x"})) == "broken"


def test_archives_that_are_too_heavy_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(zip_of({"a": bytes(zipped.MAX_ENTRY_BYTES + 1)})) == "heavy"
    assert refused(zip_of({str(n): b"" for n in range(zipped.MAX_ENTRIES + 1)})) == "heavy"
    monkeypatch.setattr(zipped, "MAX_BYTES", 1_000)
    assert refused(zip_of({str(n): bytes(600) for n in range(2)})) == "heavy"


def test_sizes_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "MAX_ENTRY_BYTES", 1_000_000)
    bomb = zip_of({"a": bytes(3_000_000)})
    assert refused(lying(bomb, 10)) == "heavy"
    assert refused(lying(zip_of({"a": bytes(500_000)}), 10)) == "broken"
    assert refused(lying(zip_of({"a": b"x"}), 500_000)) == "broken"
    assert refused(lying(zip_of({"a": b"x"}), 2_000_000_000)) == "heavy"


def test_locked_entries_and_rare_compression_are_refused() -> None:
    locked = bytearray(zip_of({"a": b"secret"}))
    for at in (6, locked.rindex(b"PK\x01\x02") + 8):
        locked[at] |= 1
    assert refused(bytes(locked)) == "encrypted"
    assert refused(zip_of({"a": b"x"}, ZIP_BZIP2)) == "broken"
