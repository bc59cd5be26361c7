import zlib
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter

from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.readers.pdf import pdf_readings
from learncomm_agent.library.resources import Place, Reading, ResourceKind, Section

LINE = "This line is about as long as the others on this page"


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Write a file of these objects, the first of which is the catalog."""
    written, offsets = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start, size = len(written), len(objects) + 1
    return written + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R %b >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, trailer, start)
    )


def stream(content: bytes, about: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), about, content)


def document(*contents: bytes, trailer: bytes = b"") -> bytes:
    """Write a file whose pages have these content streams."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(len(contents)))
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(contents), kids),
        font,
    ]
    for at, content in enumerate(contents):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * at),
            content if content.endswith(b"endstream") else stream(content),
        ]
    return pdf(*objects, trailer=trailer)


def page(*lines: str) -> bytes:
    """Write the content stream of a page."""
    shown = b" T* ".join(b"(%b) Tj" % line.encode("cp1252") for line in lines)
    return b"BT /F1 12 Tf 14 TL 50 750 Td %b ET" % shown


def titled(title: str) -> bytes:
    return document(page("Hello"), trailer=b"/Info << /Title (%b) >>" % title.encode("cp1252"))


def encrypted(user: str) -> bytes:
    writer, out = PdfWriter(clone_from=PdfReader(BytesIO(document(page("Hello"))))), BytesIO()
    writer.encrypt(user, "owner", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def read(content: bytes) -> Reading:
    (found,) = pdf_readings("guides/First week.pdf", content)
    assert isinstance(found, Reading)
    return found


def text(*lines: str) -> str:
    (section,) = read(document(page(*lines))).sections
    return section.text


def test_each_page_with_text_is_a_section_with_its_number() -> None:
    assert read(document(page("Hello"), b"", page("Good day,", "déjà vu"))) == Reading(
        "guides/First week.pdf",
        ResourceKind.PDF,
        "First week",
        (Section("Hello", Place(page=1)), Section("Good day, déjà vu", Place(page=3))),
    )


@pytest.mark.parametrize(
    ("declared", "title"),
    [
        ("  Learning\ntogether ", "Learning together"),
        ("Untitled", "First week"),
        ("Microsoft Word - plan", "First week"),
        ("plan_v2.docx", "First week"),
        ("12/3", "First week"),
        ("x" * 301, "First week"),
        ("", "First week"),
    ],
)
def test_the_declared_title_counts_where_a_person_may_have_written_it(
    declared: str, title: str
) -> None:
    assert read(titled(declared)).title == title


def test_a_title_that_is_none_costs_the_title_alone() -> None:
    for info in (b"/Info 7", b"/Info << /Title 7 >>", b"/Info << /Title [(a)] >>", b"/Info 99 0 R"):
        assert read(document(page("Hello"), trailer=info)).title == "First week"


def test_lines_become_paragraphs_again() -> None:
    assert text("A heading", LINE, LINE, "and its end.", LINE + ".", LINE, "1. one", "2. two") == (
        f"A heading\n{LINE} {LINE} and its end.\n\n{LINE}. {LINE}\n1. one\n2. two"
    )


@pytest.mark.parametrize(
    ("end", "beginning", "joined"),
    [
        ("exam-", "ple", "example"),
        ("exam\xad", "ple", "example"),
        ("Covid-", "19", "Covid-19"),
        ("Baden-", "Baden", "Baden-Baden"),
        ("state-of-", "the-art", "state-of-the-art"),
        ("pre-", "and post-war", "pre- and post-war"),
        ("Ein-", "und Ausgang", "Ein- und Ausgang"),
        ("open -", "minded", "open - minded"),
    ],
)
def test_words_cut_at_a_line_s_end_are_whole_again(end: str, beginning: str, joined: str) -> None:
    assert text(f"{LINE} {end}", f"{beginning} {LINE}") == f"{LINE} {joined} {LINE}"


def test_a_word_written_with_its_hyphen_elsewhere_keeps_it() -> None:
    first, second = read(
        document(page(f"{LINE} well-", f"known {LINE}"), page("Well-known it is"))
    ).sections
    assert first.text == f"{LINE} well-known {LINE}"
    assert second.text == "Well-known it is"


def test_a_password_that_is_empty_opens() -> None:
    assert read(encrypted("")).sections == (Section("Hello", Place(page=1)),)


GOOD = document(page("Hello"), page("Bye"))
AES = (
    b"<< /Filter /Standard /V 5 /R 6 /Length 256 /P -4 /O (%b) /U (%b) /OE (%b) /UE (%b) /Perms (%b) %b >>"
    % (
        *(b"x" * size for size in (48, 48, 32, 32, 16)),
        b"/CF << /StdCF << /CFM /AESV3 /Length 32 >> >> /StmF /StdCF /StrF /StdCF",
    )
)


def bomb(size: int) -> bytes:
    """Deflate so many zeros, in blocks that are made once."""
    deflate, block = zlib.compressobj(9), 10_000_000
    first = deflate.compress(bytes(block)) + deflate.flush(zlib.Z_FULL_FLUSH)
    again = deflate.compress(bytes(block)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return first + again * (size // block - 1)


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        pytest.param(encrypted("secret"), "encrypted", id="password"),
        pytest.param(document(page("x"), trailer=b"/Encrypt " + AES), "encrypted", id="aes"),
        pytest.param(
            document(page("x"), trailer=b"/Encrypt << /Filter /Other >>"), "encrypted", id="drm"
        ),
        pytest.param(document(b"0 0 100 100 re f", b""), "scanned", id="no text"),
        pytest.param(document(page(" ", ". . .")), "scanned", id="no letter"),
        pytest.param(document(), "scanned", id="no page"),
        pytest.param(GOOD[:60], "broken", id="truncated"),
        pytest.param(b"%PDF-1.7", "broken", id="only a beginning"),
        pytest.param(b"<!doctype html><p>Hello", "broken", id="html"),
        pytest.param(b"\0" * 10_000, "broken", id="zeros"),
        pytest.param(
            pdf(
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
                b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>",
            ),
            "broken",
            id="loop",
        ),
        pytest.param(
            document(stream(bomb(2_000_000_000), b"/Filter /FlateDecode")), "heavy", id="bomb"
        ),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, phrase: str) -> None:
    with pytest.raises(UnreadableResourceError) as caught:
        read(content)
    assert caught.value.advice.phrase == f"error.unreadable_{phrase}"
    assert caught.value.advice.values["name"] == "guides/First week.pdf"


def test_any_cut_of_a_file_is_read_or_refused() -> None:
    for end in range(0, len(GOOD), 23):
        try:
            assert all(section.text for section in read(GOOD[:end]).sections)
        except UnreadableResourceError:
            continue
