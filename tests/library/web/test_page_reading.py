import pytest

from learncomm_agent.errors import LinkError
from learncomm_agent.library.readers.reader import Unread
from learncomm_agent.library.reading import Readers
from learncomm_agent.library.resources import Reading
from learncomm_agent.library.web.fetching import Fetched
from learncomm_agent.library.web.page_reading import read_page
from learncomm_agent.testing.web import html

READERS = Readers()
HERONS = html("They stand still.", title="Herons")


def read(path: str, media_type: str, content: str | bytes) -> Reading | Unread:
    raw = content.encode() if isinstance(content, str) else content
    (found,) = read_page(READERS, Fetched(f"https://garden.example{path}", media_type, raw))
    return found


@pytest.mark.parametrize(
    ("path", "media_type", "body", "kind", "title"),
    [
        ("/a", "text/html; charset=utf-8", HERONS, "html", "Herons"),
        ("/a.pdf", "text/html", HERONS, "html", "Herons"),
        ("/notes.md", "text/plain", "# Herons\n\nThey stand still.", "markdown", "Herons"),
        ("/notes", "text/markdown", "# Herons\n\nThey stand still.", "markdown", "Herons"),
        ("/notes.txt", "application/octet-stream", "They stand still.", "text", "notes"),
        ("/notes.txt", "", "They stand still.", "text", "notes"),
        ("/..%2Fetc/pass%20wd", "text/plain", "They stand still.", "text", "pass wd"),
        ("/%00%E2%80%AEdwp", "text/plain", "They stand still.", "text", "dwp"),
        ("/", "text/plain", "They stand still.", "text", "garden.example"),
    ],
)
def test_the_media_type_says_how_something_is_read(
    path: str, media_type: str, body: str, kind: str, title: str
) -> None:
    found = read(f"{path}?utm_source=x#part", media_type, body)
    assert isinstance(found, Reading)
    assert (found.source, found.kind, found.title) == (
        f"https://garden.example{path}",
        kind,
        title,
    )
    assert "They stand still." in found.sections[0].text


@pytest.mark.parametrize(
    ("charset", "written"),
    [
        ("iso-8859-1", "latin-1"),
        ("windows-1251", "windows-1251"),
        ("shift_jis", "shift_jis"),
        ("iso-8859-1", "utf-8"),  # the server is wrong
        ("nonsense", "utf-8"),
        ("idna", "utf-8"),
        ("utf-8", "utf-8"),
    ],
)
def test_a_text_is_read_as_its_server_says_that_it_is_written(charset: str, written: str) -> None:
    words = {"windows-1251": "Цапли стоят", "shift_jis": "鷺が立っている"}.get(
        written, "Größe zählt"
    )
    found = read("/", f'text/plain; charset="{charset}"', f"{words}.".encode(written))
    assert isinstance(found, Reading)
    assert found.sections[0].text == f"{words}."


@pytest.mark.parametrize(
    ("media_type", "body", "expected"),
    [
        ("text/html", "", "link_empty"),
        ("text/html", "<html><body><script>render()</script><div id=app></div>", "link_empty"),
        ("text/html", "<html>" + "<div>" * 5_000, "unreadable_page"),
        ("text/plain", "", "unreadable_empty"),
        ("text/plain", "\0\1\2", "unreadable_binary"),
        ("application/pdf", "%PDF-1.7 nothing more", "unreadable_broken"),
    ],
    ids=range(6),
)
def test_what_holds_nothing_to_read_is_told_of_its_address(
    media_type: str, body: str, expected: str
) -> None:
    found = read("/a?token=geheim", media_type, body)
    assert isinstance(found, Unread)
    assert found.error.advice.phrase == f"error.{expected}"
    assert found.source == found.error.advice.values["name"] == "garden.example/a"
    assert "geheim" not in str(found.error)


@pytest.mark.parametrize("media_type", ["application/rss+xml", "image/png", ""])
def test_what_is_no_page_is_refused(media_type: str) -> None:
    with pytest.raises(LinkError) as caught:
        read("/a", media_type, HERONS)
    assert caught.value.advice.phrase == "error.link_kind"


def test_a_page_says_who_wrote_it_and_when() -> None:
    head = (
        '<meta name="author" content="Ann Lee"><link rel="Canonical" href=" /b ">'
        '<script type="application/ld+json">{"@type": "Article", "datePublished": "2024-05-02"}'
        "</script>"
    )
    found = read("/a", "text/html", html("Herons.", head=head))
    assert isinstance(found, Reading)
    assert (found.author, str(found.published_at), found.address) == (
        "Ann Lee",
        "2024-05-02 00:00:00+00:00",
        "/b",
    )


@pytest.mark.parametrize(
    "head",
    [
        '<link rel="canonical" href="/a"><link rel="canonical" href="/b">',
        '<link rel="canonical"><meta name="author"><meta property="article:published_time">',
        '<meta name="date" content="9999-99-99"><script type="application/ld+json">{{{</script>',
        '<meta name="date" content="2 May"><script type="application/ld+json">[1, null]</script>',
    ],
    ids=range(4),
)
def test_a_page_that_says_it_in_no_sensible_way_says_nothing(head: str) -> None:
    found = read("/a", "text/html", html("Herons.", head=head))
    assert isinstance(found, Reading)
    assert (found.author, found.published_at, found.address) == (None, None, None)
