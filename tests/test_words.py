"""Words are found, filled in strictly, and a community's broken files never stop the agent."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from learncomm_agent import roots, templates
from learncomm_agent.documents import read_document
from learncomm_agent.errors import PhraseError, PromptError, WordsError
from learncomm_agent.words import Words


def write(root: Path, name: str, text: str | bytes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shipped set of words in the place of the real one."""
    root = tmp_path / "shipped"
    monkeypatch.setattr("learncomm_agent.roots._shipped", lambda top: root / top)
    write(
        root,
        "knowledge/phrases/en.toml",
        '[search]\nnothing = "Nothing was found."\n'
        'found = "{{ count | number }} {{ count | plural(one="passage", other="passages") }}"\n'
        'only_english = "Only here, {{ at | date }}."\n'.replace('"passage', "'passage")
        .replace('passage"', "passage'")
        .replace('passages"', "passages'"),
    )
    write(root, "knowledge/phrases/de.toml", '[search]\nnothing = "Nichts gefunden."\n')
    write(root, "knowledge/cues/en.toml", "[promise]\nwords = ['I will']\n")
    write(root, "knowledge/guides/b.md", "---\ntitle: B\n---\n# B\n")
    write(root, "knowledge/guides/cases/a.md", "# A\n")
    write(
        root,
        "prompts/answer.md",
        "---\npurpose: To answer.\ninputs: [question, passages]\n---\n"
        "Answer {{ question }}.\n{% for each in passages %}\n- {{ each }}\n{% endfor %}\n",
    )
    return root


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def test_a_sentence_is_found_by_its_key(shipped: Path) -> None:
    assert Words().phrase("search.nothing", language="de") == "Nichts gefunden."


@pytest.mark.parametrize("language", ["fr", "de", "de-AT", "", "../../etc", "en\n", "x" * 999])
def test_a_language_that_lacks_a_sentence_answers_in_english(shipped: Path, language: str) -> None:
    said = Words().phrase("search.only_english", language=language, at=date(2026, 11, 24))
    assert said == "Only here, November 24, 2026."


def test_a_variety_of_a_language_uses_the_language(shipped: Path) -> None:
    assert Words().phrase("search.nothing", language="de-AT") == "Nichts gefunden."
    assert Words().phrase("search.nothing", language="de_AT") == "Nichts gefunden."


def test_a_missing_key_names_the_nearest(shipped: Path) -> None:
    with pytest.raises(PhraseError, match=r"search\.nothin'.*nearest is 'search\.nothing'"):
        Words().phrase("search.nothin", language="en")


def test_a_missing_value_is_an_error_and_one_too_many_is_not(shipped: Path) -> None:
    with pytest.raises(PhraseError, match=r"phrases/en\.toml: search\.found: .*'count'"):
        Words().phrase("search.found", language="en")
    assert Words().phrase("search.nothing", language="en", stray=1) == "Nothing was found."


def test_a_value_is_never_read_as_a_template(shipped: Path) -> None:
    hostile = "{{ ''.__class__.__mro__ }}{% for x in y %}"
    assert templates.fill("Hello {{ name }}", "en", {"name": hostile}) == f"Hello {hostile}"


def test_a_value_that_does_not_fit_is_named_without_its_text() -> None:
    with pytest.raises(PhraseError) as caught:
        templates.fill("{{ at | date }}", "en", {"at": "Ana's secret"})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' * 999999999 }}",
        "{{ 9 ** 999999999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ 'x'.ljust(999999999) }}",
        "{{ 'x' | center(999999999) }}",
        "{{ 'x' | indent(999999999) }}",
        "{% for x in range(99999) %}{% for y in range(99999) %}{% endfor %}{% endfor %}",
        "{{ name.__class__ }}",
        "{{ lipsum.__globals__ }}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{{ name",
        "{% if %}",
        "{{ name | nofilter }}",
        "{{ 1 / 0 }}",
        "{{ 1 | plural(one='x') }}",
        "{{ naive | datetime }}",
        "{{ naive | date('huge') }}",
    ],
)
def test_a_hostile_or_broken_template_is_one_error(source: str) -> None:
    values = {"name": "Ana", "naive": datetime(2026, 1, 1)}  # noqa: DTZ001
    with pytest.raises(PhraseError):
        templates.fill(source, "en", values)


def test_whether_there_is_a_sentence_is_told_without_filling_it_in() -> None:
    words = Words()
    assert words.has_phrase("command.actions.name", language="de-AT")
    assert not words.has_phrase("command.actions.name", language="en"), "it is called as declared"
    assert words.has_phrase("search.nothing", language="tlh"), "English answers for it"
    assert not words.has_phrase("search.nothin", language="de")


@pytest.mark.parametrize(
    ("source", "language", "expected"),
    [
        ("{{ 1234.5 | number }}", "en", "1,234.5"),
        ("{{ 1234.5 | number }}", "de", "1.234,5"),
        ("{{ 1234 | number }}", "xyz", "1,234"),
        ("{{ at | date }}", "de", "24. November 2026"),
        ("{{ at | date('short') }}", "en", "11/24/26"),
        ("{{ at | time }}", "de", "20:05"),
        ("{{ at | datetime }}", "de", "24.11.2026, 20:05:00"),
        ("{{ 1 | plural(one='one', other='many') }}", "en", "one"),
        ("{{ 5 | plural(one='one', few='few', many='many', other='other') }}", "pl", "many"),
        ("{{ 0 | plural(one='one', other='many') }}", "en", "many"),
        ("{{ ['a', 'b', 'c'] | list }}", "en", "a, b, and c"),
        ("{{ ['a', 'b'] | list('or') }}", "de", "a oder b"),
        ("{{ span | ago }}", "en", "3 hours ago"),
        ("{{ span | ago }}", "de", "vor 3 Stunden"),
        ("{{ span | duration }}", "de", "3 Stunden"),
    ],
)
def test_values_are_written_as_the_language_does(source: str, language: str, expected: str) -> None:
    at = datetime(2026, 11, 24, 20, 5, tzinfo=ZoneInfo("Europe/Berlin"))
    assert expected == templates.fill(source, language, {"at": at, "span": timedelta(hours=3)})


def test_a_moment_is_shown_in_the_zone_that_it_bears() -> None:
    at = datetime(2026, 11, 24, 19, 5, tzinfo=UTC)
    there = at.astimezone(ZoneInfo("Asia/Tokyo"))
    shown = [templates.fill("{{ at | time }}", "de", {"at": each}) for each in (at, there)]
    assert shown == ["19:05", "04:05"]


def test_own_sentences_win_key_by_key(shipped: Path, own: Path) -> None:
    write(own, "phrases/en.toml", '[search]\nnothing = "Nope, nothing."\n')
    words = Words(own)
    assert words.phrase("search.nothing", language="en") == "Nope, nothing."
    assert words.phrase("search.found", language="en", count=1) == "1 passage"
    assert words.problems() == ()


def test_own_sentences_may_bring_a_new_language(shipped: Path, own: Path) -> None:
    write(own, "phrases/fr.toml", '[search]\nnothing = "Rien trouvé."\n')
    words = Words(own)
    assert words.phrase("search.nothing", language="fr") == "Rien trouvé."
    assert words.languages() == ("de", "en", "fr")
    (own / "phrases" / "fr.toml").unlink()
    assert words.languages() == ("de", "en", "fr"), "files are read once"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"[search]\nnothing = ", "phrases/en.toml: en.toml: Invalid value"),
        (b"\xff\xfe\x00", "no UTF-8 at byte 0"),
        (b'[search]\nnothin = "x"', "search.nothin: unknown key, nearest is 'search.nothing'"),
        (b'[search]\nnothing = "{{ name"', "search.nothing: no template"),
        (b'[search]\nnothing = "{{ name }}"', "search.nothing: unknown value 'name'"),
        (b"[search]\nnothing = 3", "search.nothing: neither a sentence nor a section"),
        (b"a=" + b"[" * 20_000, "phrases/en.toml"),
    ],
)
def test_a_broken_own_file_is_reported_and_the_shipped_sentence_used(
    shipped: Path, own: Path, text: bytes, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(own, "phrases/en.toml", text)
    words = Words(own)
    for _ in range(2):
        assert words.phrase("search.nothing", language="en") == "Nothing was found."
    assert len(caplog.records) == 1
    (line,) = words.problems()
    assert problem in line


def test_an_own_sentence_that_fails_when_filled_in_is_left_out(shipped: Path, own: Path) -> None:
    write(own, "phrases/en.toml", '[search]\nfound = "{{ count | list }}"\n')
    words = Words(own)
    assert words.phrase("search.found", language="en", count=2) == "2 passages"
    assert words.problems() == ("phrases/en.toml: search.found: does not render: TypeError",)


def test_a_broken_shipped_file_is_an_error(shipped: Path) -> None:
    write(shipped, "knowledge/phrases/en.toml", "[")
    with pytest.raises(PhraseError, match=r"phrases/en\.toml"):
        Words().phrase("search.nothing", language="en")


def test_a_prompt_takes_exactly_its_inputs(shipped: Path) -> None:
    words = Words()
    said = words.render("answer", question="why", passages=["a", "b"])
    assert said == "Answer why.\n- a\n- b\n"
    with pytest.raises(PromptError, match="input 'passages' was not given"):
        words.render("answer", question="why")
    with pytest.raises(PromptError, match="unknown input 'passage', nearest is 'passages'"):
        words.render("answer", question="why", passages=[], passage=1)


def test_an_unknown_prompt_names_the_nearest(shipped: Path) -> None:
    with pytest.raises(PromptError, match="no prompt 'answers', nearest is 'answer'"):
        Words().render("answers")


def test_a_prompt_that_uses_an_undeclared_name_is_an_error(shipped: Path) -> None:
    write(shipped, "prompts/answer.md", "---\ninputs: [question]\n---\n\n{{ qestion }}")
    with pytest.raises(PromptError, match=r"answer\.md:5: 'qestion'.*nearest is 'question'"):
        Words().render("answer", question="why")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\ninputs: [question]\n---\n{{ question }}", "inputs differ"),
        ("---\ninputs: [question, passages]\n---\n{{ other }}", "'other' is not among the inputs"),
        ("---\ninputs: [question, passages\n---\nx", "answer.md:"),
        ("---\ninputs: question\n---\nx", "answer.md:2: inputs are no names"),
        ("---\ninputs: {a: 1\n", "front matter without an end"),
        ("---\n- a\n---\nx", "front matter is no mapping"),
        (
            "---\ninputs: [question, passages]\n---\nBe brief.",
            "'question' does not stand in the text",
        ),
    ],
)
def test_a_broken_own_prompt_is_reported_and_the_shipped_one_used(
    shipped: Path, own: Path, text: str, problem: str
) -> None:
    write(own, "prompts/answer.md", text)
    words = Words(own)
    assert words.render("answer", question="why", passages=[]).startswith("Answer why.")
    (line,) = words.problems()
    assert problem in line


def test_an_own_prompt_wins_as_a_whole(shipped: Path, own: Path) -> None:
    write(own, "prompts/answer.md", "---\ninputs: [question, passages]\n---\n{{ question }}?")
    assert Words(own).render("answer", question="why", passages=[]) == "why?"


def test_an_own_prompt_that_nobody_asks_for_is_reported(shipped: Path, own: Path) -> None:
    write(own, "prompts/answr.md", "Be brief.")
    words = Words(own)
    assert [each.name for each in words.prompts()] == ["answer"]
    assert words.problems() == ("prompts/answr.md: no prompt of that name, nearest is 'answer'",)


def test_an_own_folder_with_a_slip_in_its_name_is_reported(shipped: Path, own: Path) -> None:
    write(own, "phrase/en.toml", "a = 'b'")
    write(own, "store/learncomm.md", "x")
    assert Words(own).problems() == ("phrase: unknown folder, nearest is 'phrases'",)


@pytest.mark.parametrize("folder", ["knowledge", "prompts"])
def test_an_installed_package_has_its_words_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    package = tmp_path / "site/learncomm_agent"
    package.mkdir(parents=True)
    monkeypatch.setattr("learncomm_agent.roots.files", lambda name: package)
    (tmp_path / "site" / folder).mkdir()
    assert roots._shipped(folder) == tmp_path / "site" / folder
    (package / folder).mkdir()
    assert roots._shipped(folder) == package / folder


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "a/../../b", "a\x00b", "", ".", "a//b"]
)
def test_a_name_that_climbs_is_refused(shipped: Path, name: str) -> None:
    with pytest.raises(WordsError):
        Words().render(name)


@pytest.mark.parametrize("slug", ["..", "a/b", "", "Ana", "a" * 65, "-a", ".hidden", "a\n"])
def test_a_slug_that_is_none_is_refused(tmp_path: Path, slug: str) -> None:
    with pytest.raises(WordsError):
        Words(data=tmp_path).for_community(slug)


def test_each_community_has_its_own_words(shipped: Path, tmp_path: Path) -> None:
    write(tmp_path, "readers/phrases/en.toml", '[search]\nnothing = "Not here."\n')
    words = Words(data=tmp_path)
    said = [
        words.for_community(s).phrase("search.nothing", language="en") for s in ("readers", "b")
    ]
    assert said == ["Not here.", "Nothing was found."]


def test_a_symbolic_link_is_not_followed(shipped: Path, own: Path, tmp_path: Path) -> None:
    secret = write(tmp_path, "secret.toml", '[search]\nnothing = "A secret."\n')
    (own / "phrases").mkdir()
    (own / "phrases/en.toml").symlink_to(secret)
    (own / "guides").symlink_to(write(tmp_path, "far/x.md", "# Far").parent)
    words = Words(own)
    assert words.phrase("search.nothing", language="en") == "Nothing was found."
    assert [each.name for each in words.documents("guides")] == ["b", "cases/a"]
    assert all("symbolic link" in line for line in words.problems())
    assert len(words.problems()) == 2


def test_the_working_directory_is_never_searched(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "here/knowledge/phrases/fr.toml", "x = 'y'")
    write(tmp_path, "here/phrases/fr.toml", "x = 'y'")
    monkeypatch.chdir(tmp_path / "here")
    assert Words().languages() == ("de", "en")


def test_a_table_is_there_or_none(shipped: Path, own: Path) -> None:
    words = Words(own)
    assert words.table("cues", language="en-GB") == {"promise": {"words": ["I will"]}}
    assert words.table("cues", language="de") is None
    assert words.table("nowhere", language="en") is None


def test_an_own_table_wins_and_a_broken_one_does_not(shipped: Path, own: Path) -> None:
    write(own, "cues/en.toml", "own = true")
    write(own, "cues/de.toml", "own = ")
    words = Words(own)
    assert words.table("cues", language="en") == {"own": True}
    assert words.table("cues", language="de") is None
    assert len(words.problems()) == 1


def test_documents_are_sorted_and_own_ones_win(shipped: Path, own: Path) -> None:
    write(own, "guides/b.md", "---\ntitle: Ours\n---\nOurs.")
    write(own, "guides/c.md", "---\n: [\n---\nBroken.")
    words = Words(own)
    found = words.documents("guides")
    assert [(each.name, each.front.get("title"), each.body) for each in found] == [
        ("b", "Ours", "Ours."),
        ("cases/a", None, "# A"),
    ]
    assert len(words.problems()) == 1


def test_front_matter_knows_its_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "x.md", "\ufeff---\r\na: 1\r\nb:\r\n  - c\r\n---\r\n\r\nBody\r\n")
    document = read_document(path, "x")
    assert (document.line("a"), document.line("b"), document.line("no")) == (2, 3, 1)
    assert (document.body, document.body_line) == ("Body", 7)


def test_a_rule_in_the_body_ends_no_front_matter(tmp_path: Path) -> None:
    document = read_document(write(tmp_path, "x.md", "# A\n\n---\n\nB"), "x")
    assert document.front == {}
    assert document.body == "# A\n\n---\n\nB"


def test_plain_sentences_load_nothing_heavy() -> None:
    code = (
        "import sys; from learncomm_agent.words import Words;"
        "Words().phrase('error.leaders_only', language='de');"
        "print([m for m in ('jinja2', 'babel', 'ruamel', 'structlog') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
