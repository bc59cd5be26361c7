from collections.abc import Callable, Mapping
from typing import Any

import pytest

from learncomm_agent.errors import WordsError
from learncomm_agent.writing.language.cues import Phrases, read_cues


@pytest.mark.parametrize(
    ("phrase", "text", "stands"),
    [
        ("we decided", "Well, We  decided that", True),
        ("we decided", "we decidedly like it", False),
        ("we/they decided", "they decided", True),
        ("I'll … {verb}", "I’ll very gladly send it".replace("’", "'"), True),
        ("I'll … {verb}", "I'll at some point in time surely send it", False),
        ("^agreed", "Agreed!", True),
        ("^agreed", "they agreed", False),
        ("right$", "that is right.", True),
        ("right$", "right now", False),
        ("# {verb}", "12 send", True),
        ("+1", "+1 from me", True),
        ("👍", "fine 👍", True),
        ("is it?", "is it? yes", True),
        ("{verb}", "we set up a call", True),
        ("ことに決めました", "次回は月曜日に会うことに決めました。", True),
        ("^賛成", "私は賛成です", False),
        ("か$", "いつですか。", True),
        ("か$", "明日から行きます。", False),
        ("{送る} ます", "明日議事録を送ります", True),
        ("今日は … について", "今日は第三章の学校について話します", True),
    ],
)
def test_a_phrase_stands_in_a_text(phrase: str, text: str, stands: bool) -> None:
    phrases = Phrases([phrase], {"verb": ["send", "set up"], "送る": ["送り"]})
    assert (phrases.find(text) is not None) == stands


def test_a_day_is_found_between_characters_without_spaces() -> None:
    phrases = Phrases(["[{month} {day} 日]"], {"month": ["2月", "12月"], "day": ["1", "12"]})
    match = phrases.find("会議は12月12日です")
    assert match is not None
    assert match.group(1) == "12月12日"


def test_every_language_has_every_list(tables: Callable[[str, str], Mapping[str, Any]]) -> None:
    def lists(language: str) -> set[str]:
        table = tables("cues", language)
        assert read_cues(table).stopwords
        parts = {name: part for name, part in table.items() if isinstance(part, Mapping)}
        found = {f"{name}.{key}" for name, part in parts.items() for key in part}
        return {each for each in found if not each.startswith("words.")} - {"deadlines.order"}

    assert lists("de") == lists("es") == lists("ja") == lists("en")


def test_brackets_mark_a_part() -> None:
    match = Phrases(["by [# {month}]"], {"month": ["May"]}).find("done by 5 May at noon")
    assert match is not None
    assert match.group(1) == "5 May"


@pytest.mark.parametrize(
    "table",
    [
        {"decisions": {"says": ["by {nothing}"]}},
        {"decisions": {"says": "we decided"}},
        {"decisions": {"says": [1]}},
        {"decisions": {"says": ["^"]}},
        {"deadlines": {"says": ["by [x"]}},
    ],
)
def test_a_mistake_in_a_cue_file_is_one_of_words(table: dict[str, object]) -> None:
    with pytest.raises(WordsError, match="cues"):
        read_cues(table)


def test_a_language_without_cues_finds_nothing() -> None:
    cues = read_cues({})
    assert not cues.find("decisions.says", "we decided")
    assert cues.speech.clean("So , it it works .") == "So, it works."
