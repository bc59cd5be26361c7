import pytest
from hypothesis import given
from hypothesis import strategies as st

from learncomm_agent.commands import builtin
from learncomm_agent.commands.declaration import Catalogue, Command, Option, OptionKind, Reply
from learncomm_agent.commands.parsing import (
    Call,
    check,
    message_id,
    parse,
    several,
    spellings,
    split,
)
from learncomm_agent.errors import UsageError

CATALOGUE = builtin.catalogue()
NAMES = st.sampled_from(sorted(CATALOGUE.by_name))


async def nothing(context: object, values: object) -> Reply:
    return Reply(())


SHELF = Command(
    "shelf",
    nothing,
    options=(
        Option("what", takes_rest=True, max_chars=20),
        Option("count", OptionKind.NUMBER, minimum=2, maximum=30),
        Option("kind", OptionKind.CHOICE, choices=("old_books", "new")),
        Option("owner", is_required=True),
    ),
)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("shelf", {}),
        ("shelf red books", {"what": "red books"}),
        ("shelf count=3 red books", {"what": "red books", "count": "3"}),
        ("shelf red count=3 books", {"what": "red books", "count": "3"}),
        ("shelf red books count=3", {"what": "red books", "count": "3"}),
        ("  SHELF  red  ", {"what": "red"}),
        ("shelf kind=new owner=ann", {"kind": "new", "owner": "ann"}),
        ("shelf colour=red a=b", {"what": "colour=red a=b"}),
        ("shelf what=blue red", {"what": "blue"}),
        ("shelf count= 3", {"what": "count= 3"}),
        ("shelf x count=3=4", {"what": "x", "count": "3=4"}),
        ("shelf xcount=3", {"what": "xcount=3"}),
        ('shelf "red books"', {"what": '"red books"'}),
        ("shelf a\nb", {"what": "a\nb"}),
    ],
)
def test_a_line_is_a_command_and_its_options(line: str, values: dict[str, str]) -> None:
    call = parse(line, Catalogue((SHELF,)))
    assert call == Call(SHELF, values)


@pytest.mark.parametrize("line", ["", " ", "shelve", "the shelf", "/ shelf", "shelf? red"])
def test_a_line_that_begins_with_no_command_is_none(line: str) -> None:
    assert parse(line, Catalogue((SHELF,))) is None


@pytest.mark.parametrize("line", ["/shelf red", "!shelf red"])
def test_a_sign_before_the_command_does_no_harm(line: str) -> None:
    assert parse(line, Catalogue((SHELF,))) == Call(SHELF, {"what": "red"})


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("/me out", {"consent": "out"}),
        ("me summaries only", {"consent": "summaries_only"}),
        ("/me consent=summaries only", {"consent": "summaries_only"}),
        ("/me consent=Summaries-only language=de", {"consent": "summaries_only", "language": "de"}),
        ("/me sum up only", {"consent": "summaries_only"}),
        ("/me consent=sum up only", {"consent": "summaries_only"}),
        ("me Keep nothing", {"consent": "out"}),
    ],
)
def test_a_choice_needs_no_name_and_may_be_called_as_its_button(
    line: str, values: dict[str, str]
) -> None:
    labels = {"sum_up_only": "summaries_only", "keep_nothing": "out"}
    call = parse(line, CATALOGUE, labels)
    assert call is not None and check(call, labels) == values


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("vote add=How do we begin?", {"add": "How do we begin?"}),
        ("vote add=How do we begin? named=yes", {"add": "How do we begin?", "named": "yes"}),
        ("vote open closes=tomorrow at six", {"choice": "open", "closes": "tomorrow at six"}),
        (
            "questions mentoring goal=welcome newcomers better count=3",
            {"about": "mentoring", "goal": "welcome newcomers better", "count": 3},
        ),
        ('questions goal="speak up" mentoring', {"about": "mentoring", "goal": "speak up"}),
    ],
)
def test_some_options_take_all_words_up_to_the_next(line: str, values: dict[str, object]) -> None:
    call = parse(line, CATALOGUE)
    assert call is not None and check(call) == values


@pytest.mark.parametrize(
    ("line", "phrase"),
    [
        ("/search", "wanted.search"),
        ('search ""', "wanted.search"),
        ("ask “ ”", "wanted.ask"),
        ("feeds stop", "wanted.feeds_stop"),
        ("feeds add", "wanted.feeds_add"),
        ("links all", "error.option_choice"),
    ],
)
def test_what_is_missing_is_asked_for(line: str, phrase: str) -> None:
    call = parse(line, CATALOGUE)
    assert call is not None
    with pytest.raises(UsageError) as caught:
        check(call)
    assert caught.value.advice.phrase == phrase


def test_what_a_command_can_not_take_is_told_where_a_sign_shows_that_it_is_one() -> None:
    call = parse("/me please", CATALOGUE)
    assert call is not None
    with pytest.raises(UsageError) as caught:
        check(call)
    assert caught.value.advice.values["option"] == "please"


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("feeds add https://a.example/?b=1", {"add": "https://a.example/?b=1"}),
        ("/feeds stop 2", {"stop": "2"}),
        ("/feeds add not a url", {"add": "not a url"}),
        ("links reaction 📚", {"reaction": "📚"}),
        ("links every", {"mode": "every"}),
        ("me language de", {"language": "de"}),
    ],
)
def test_before_one_word_the_name_of_an_option_will_do(line: str, values: dict[str, str]) -> None:
    call = parse(line, CATALOGUE)
    assert call is not None
    assert call.values == values


@pytest.mark.parametrize(
    "line",
    [
        "me and my neighbour read it",
        "why is it so?",
        "Me too",
        "feeds add up to something",
        "links are good",
    ],
)
def test_a_sentence_that_a_command_can_not_take_is_no_command(line: str) -> None:
    assert parse(line, CATALOGUE) is None


def test_a_command_is_found_by_its_other_names() -> None:
    call = parse("find herons", CATALOGUE)
    assert call is not None
    assert call.command.name == "search"


@pytest.mark.parametrize(
    ("values", "phrase"),
    [
        ({}, "error.option_missing"),
        ({"owner": "  "}, "error.option_missing"),
        ({"owner": "ann", "colour": "red"}, "error.option_unknown"),
        ({"owner": "ann", "what": "x" * 21}, "error.option_long"),
        ({"owner": "ann", "count": "1"}, "error.option_number"),
        ({"owner": "ann", "count": "31"}, "error.option_number"),
        ({"owner": "ann", "count": "-3"}, "error.option_number"),
        ({"owner": "ann", "count": "3.0"}, "error.option_number"),
        ({"owner": "ann", "count": "٣"}, "error.option_number"),
        ({"owner": "ann", "count": "³"}, "error.option_number"),
        ({"owner": "ann", "count": "0000000031"}, "error.option_number"),
        ({"owner": "ann", "count": "9" * 5000}, "error.option_long"),
        ({"owner": "ann", "kind": "ancient"}, "error.option_choice"),
    ],
)
def test_a_value_that_does_not_fit_is_named(values: dict[str, str], phrase: str) -> None:
    with pytest.raises(UsageError) as caught:
        check(Call(SHELF, values))
    assert caught.value.advice.phrase == phrase


def test_values_come_as_they_were_declared() -> None:
    told = {"owner": " ann ", "count": "03", "kind": "Old books", "what": ""}
    assert check(Call(SHELF, told)) == {"owner": "ann", "count": 3, "kind": "old_books"}


def test_a_misspelt_option_is_met_with_the_nearest_one() -> None:
    with pytest.raises(UsageError) as caught:
        check(Call(SHELF, {"ownr": "ann"}))
    assert caught.value.advice.values["nearest"] == "owner"


@pytest.mark.parametrize(
    "text", ["12", "#12", "https://chat.example/a/12", "https://c.example/12/"]
)
def test_a_message_is_named_by_its_number_or_a_link(text: str) -> None:
    assert message_id(text) == "12"


@given(st.text(max_size=300))
def test_any_line_is_taken(line: str) -> None:
    call = parse(line, CATALOGUE)
    assert call is None or set(call.values) <= {option.name for option in call.command.options}


@given(NAMES, st.text(max_size=300))
def test_any_text_behind_a_command_is_taken_or_refused_with_advice(name: str, text: str) -> None:
    call = parse(f"{name} {text}", CATALOGUE)
    if call is None:  # a sentence that happens to begin so
        assert CATALOGUE.by_name[name].rest is None
        return
    try:
        values = check(call)
    except UsageError as error:
        assert error.advice.phrase.startswith(("error.option_", "wanted.", "open.what"))
    else:
        assert all(value != "" for value in values.values())


@given(
    NAMES, st.lists(st.sampled_from(["red", "blue", "green", "7", "ok"]), min_size=1, max_size=9)
)
def test_words_without_a_name_all_reach_the_option_that_takes_them(
    name: str, words: list[str]
) -> None:
    command = CATALOGUE.by_name[name]
    if command.rest is not None:
        assert split(command, " ".join(words)) == {command.rest.name: " ".join(words)}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("<#12>", ["12", "<#12>"]),
        ("<@!12>", ["12", "<@!12>"]),
        ("<@&12>", ["12", "<@&12>"]),
        (" @Ben Miller ", ["@Ben Miller", "Ben Miller"]),
        ("@ben:server.example", ["@ben:server.example", "ben:server.example"]),
        ("#general", ["#general", "general"]),
        ("12", ["12"]),
        ("<@>", ["<@>"]),
        ("@#", ["@#"]),
        ("", []),
    ],
)
def test_a_room_a_role_or_a_person_may_be_meant_in_several_ways(
    typed: str, meant: list[str]
) -> None:
    assert spellings(typed) == meant


def test_several_things_stand_on_lines_or_between_commas_each_once() -> None:
    assert several(" 1\n2, 3;;\n2 \n") == ["1", "2", "3"]


@given(st.text())
def test_whatever_is_named_can_be_read(text: str) -> None:
    assert all(each.strip() for each in several(text))
    assert all(spellings(each) for each in several(text))


def test_an_option_may_be_emptied_or_looked_at_later() -> None:
    options = (
        Option("roles", can_be_empty=True),
        Option("since", OptionKind.CHOICE, choices=("now", "all"), is_checked_later=True),
    )
    command = Command("door", nothing, options=options)
    assert check(Call(command, {"roles": " ", "since": "ever"})) == {"roles": "", "since": "ever"}
    assert check(Call(command, {"since": " "})) == {}
    assert check(Call(command, {"since": "NOW"})) == {"since": "now"}
