"""Plugins are found by entry point; whatever is wrong with one is a single sentence."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from learncomm_agent import plugins
from learncomm_agent.errors import PluginError
from learncomm_agent.words import Words


class Site:
    """A folder on the path into which distributions can be installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, dist: str, entry: str, modules: dict[str, str]) -> None:
        info = self.folder / f"{dist.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[learncomm_agent.readers]\n{entry}\n")
        for name, source in modules.items():
            (self.folder / f"{name}.py").write_text(source)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield Site(tmp_path)
    for name in set(sys.modules) - before:
        if name.startswith("strange"):
            del sys.modules[name]


GOOD = "class Reader:\n    for_learncomm = '0'\n"


def said(error: PluginError, words: Words) -> str:
    both = [
        words.phrase(error.advice.phrase, language=each, **error.advice.values)
        for each in ("de", "en")
    ]
    assert all("\n" not in each for each in both)
    return both[1]


def test_a_plugin_is_found_by_name(site: Site) -> None:
    site.install("strange-one", "strange = strange_one:Reader", {"strange_one": GOOD})
    assert "strange" in plugins.names("readers")
    assert plugins.load("readers", "strange").__name__ == "Reader"


def test_listing_imports_nothing(site: Site) -> None:
    site.install("strange-one", "strange = strange_one:Reader", {"strange_one": "1 / 0"})
    assert "strange" in plugins.names("readers")
    assert "strange_one" not in sys.modules


def test_the_module_may_bear_the_version(site: Site) -> None:
    source = "for_learncomm = '0'\ndef make(): pass\n"
    site.install("strange-one", "strange = strange_one:make", {"strange_one": source})
    assert plugins.load("readers", "strange")


@pytest.mark.parametrize("line", ["for_learncomm = '1'", "for_learncomm = 0", "pass"])
def test_a_plugin_for_another_version_is_refused(site: Site, words: Words, line: str) -> None:
    source = f"class Reader:\n    {line}\n"
    site.install("strange-one", "strange = strange_one:Reader", {"strange_one": source})
    with pytest.raises(PluginError, match="is for learncomm") as caught:
        plugins.load("readers", "strange")
    assert "version 0" in said(caught.value, words)


def test_an_unknown_name_shows_what_there_is(site: Site, words: Words) -> None:
    site.install("strange-one", "strange = strange_one:Reader", {"strange_one": GOOD})
    with pytest.raises(
        PluginError, match="no plugin 'strnge' in readers, nearest is 'strange'"
    ) as e:
        plugins.load("readers", "strnge")
    assert "installed: " in said(e.value, words)


def test_an_unknown_name_among_none_is_one_sentence_too(words: Words) -> None:
    with pytest.raises(PluginError) as caught:
        plugins.load("stages", "x")
    assert said(caught.value, words) == "There is no plugin “x”."


@pytest.mark.parametrize(
    ("dist", "extras", "command"),
    [
        ("strange-one", "", 'pip install "strange-one"'),
        ("strange-one", " [fast]", 'pip install "strange-one[fast]"'),
        ("learncomm-agent", "", 'pip install "learncomm-agent[strange]"'),
        ("learncomm-agent", " [fast]", 'pip install "learncomm-agent[fast]"'),
    ],
)
def test_a_missing_extra_names_the_command(
    site: Site, words: Words, dist: str, extras: str, command: str
) -> None:
    source = "import strange_missing.part"
    site.install(dist, f"strange = strange_one:Reader{extras}", {"strange_one": source})
    with pytest.raises(PluginError, match="needs 'strange_missing'") as caught:
        plugins.load("readers", "strange")
    assert command in said(caught.value, words)


@pytest.mark.parametrize(
    "modules",
    [
        {},
        {"strange_one": "1 / 0"},
        {"strange_one": "x ="},
        {"strange_one": "x = 1"},
        {"strange_one": "from json import nothing_like_it"},
    ],
)
def test_a_plugin_that_does_not_load_is_one_sentence(
    site: Site, words: Words, modules: dict[str, str]
) -> None:
    site.install("strange-one", "strange = strange_one:Reader", modules)
    with pytest.raises(PluginError, match="does not load") as caught:
        plugins.load("readers", "strange")
    assert "strange-one" in said(caught.value, words)


def test_a_name_that_is_offered_twice_is_refused(site: Site, words: Words) -> None:
    site.install("strange-one", "strange = strange_one:Reader", {"strange_one": GOOD})
    site.install("strange-two", "strange = strange_two:Reader", {"strange_two": GOOD})
    with pytest.raises(PluginError, match="offered 2 times") as caught:
        plugins.load("readers", "strange")
    assert "uninstall" in said(caught.value, words)
