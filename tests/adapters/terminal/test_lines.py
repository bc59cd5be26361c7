import pytest

from learncomm_agent.commands.declaration import Catalogue, Command, Reply
from learncomm_terminal.lines import OWN, Called, Own, Picked, Said, Stray, read


async def never(*_: object) -> Reply:
    raise AssertionError


CATALOGUE = Catalogue((Command("search", never, aliases=("find",)), Command("help", never)))


@pytest.mark.parametrize(
    ("line", "text", "is_addressed"),
    [
        ("Hello all", "Hello all", False),
        ("  spaces  ", "spaces", False),
        ("@learncomm what is new?", "what is new?", True),
        ("@LearnComm, what is new?", "what is new?", True),
        ("learncomm, what is new?", "what is new?", True),
        ("Learncomm: what is new?", "what is new?", True),
        ("what is new, @learncomm", "what is new,", True),
        ("@learncomm", "", True),
        ("learncomm is nice", "learncomm is nice", False),
        ("write to me@learncomm.org", "write to me@learncomm.org", False),
        ("@learncomm.org is a site", "@learncomm.org is a site", False),
        ("@learncomm-fans unite", "@learncomm-fans unite", False),
        ("/usr/bin is a folder", "/usr/bin is a folder", False),
        ("/", "/", False),
        ("/12 of us", "/12 of us", False),
        ("//search", "//search", False),
        ("12", "12", False),
    ],
)
def test_a_line_is_a_message(line: str, text: str, is_addressed: bool) -> None:
    assert read(line, CATALOGUE) == Said(text, is_addressed)


@pytest.mark.parametrize("line", ["", "   ", "\n"])
def test_a_blank_line_is_nothing(line: str) -> None:
    assert read(line, CATALOGUE) is None


@pytest.mark.parametrize("line", ["/search a  b", "/FIND a  b", "/find   a  b  "])
def test_a_command_goes_with_its_words(line: str) -> None:
    assert read(line, CATALOGUE) == Called(CATALOGUE.commands[0], "a  b")


@pytest.mark.parametrize("name", OWN)
def test_a_command_of_the_terminal_goes_with_its_words(name: str) -> None:
    assert read(f"/{name.upper()} x y", CATALOGUE) == Own(name, "x y")


@pytest.mark.parametrize(("word", "nearest"), [("serch", "search"), ("rom", "room"), ("xyz", "")])
def test_an_unknown_word_comes_with_the_nearest(word: str, nearest: str) -> None:
    assert read(f"/{word} x", CATALOGUE) == Stray(word, nearest)


@pytest.mark.parametrize(
    ("line", "offered", "number"), [("1", 2, 1), (" 2 ", 2, 2), ("3", 2, None), ("0", 2, None)]
)
def test_a_number_picks_only_what_was_offered(line: str, offered: int, number: int | None) -> None:
    expected = Said(line.strip()) if number is None else Picked(number)
    assert read(line, CATALOGUE, offered=offered) == expected


@pytest.mark.parametrize("line", ["²", "\u0661", "9" * 5000, "1.", "+1"])
def test_what_only_looks_like_a_number_is_a_message(line: str) -> None:
    assert read(line, CATALOGUE, offered=9) == Said(line)
