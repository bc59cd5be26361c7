"""A playbook's file: what it becomes, and the one sentence, with its line, that a mistake in it gets."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learncomm_agent.documents import MOST_FRONT_CHARS, read_document
from learncomm_agent.errors import PlaybookError, WordsError
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.playbook import AskKind, Playbook
from learncomm_agent.sessions.playbooks.asks import KEYS as ASK_KEYS
from learncomm_agent.sessions.playbooks.file import REPEATS, TOP, read_playbook
from learncomm_agent.sessions.playbooks.trial import tried
from learncomm_agent.sessions.stages.kind import COMMON, Kind, Param, ParamKind
from learncomm_agent.words import Words

KINDS = stage_kinds()
SHIPPED = [each for each in Words().documents("playbooks") if "/" not in each.name]
TEMPLATE = Words().template("playbook.md")
DOCS = Path(__file__).parents[2] / "docs" / "playbooks.md"

PLAYBOOK = """\
---
title: Film night
purpose: Watch a film together.
asks:
  topic: {label: "Which film?"}
  when: {label: "When?", kind: moment}
  weeks: {label: "How many weeks?", kind: number, default: 4}
  meets: {label: "When every week?", kind: weekly, default: Mondays 18:00}
  lasts: {label: "How long?", kind: duration, default: 3 days}
  steps: {label: "Which steps?", kind: lines}
  loud: {label: "With names?", kind: choice, default: "no", choices: {"no": "No", "yes": "Yes"}}
stages:
  - announce: invitation
    joins: true
    for: $lasts
    needs: 2
    say: |
      Join us for {{ topic }},
      until {{ ends }}.
  - collect: films
    unless: topic
    what: nomination
    anonymous: $loud
    for: 1 day
  - vote: choice
    from: films
    for: 1 day
  - schedule: plan
    weekly: $meets
    times: $weeks
  - repeat: evenings
    each: meetings
    if: {loud: "no"}
    stages:
      - wait: evening
        until: meeting - 1 hour
        say: "Round {{ round }}{% if chosen %}: {{ chosen }}{% endif %}"
---
## When is this right?

On rainy days.
"""


Reading = Callable[[str], Playbook]


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Reads a text as the playbook `film-night`."""

    def read(text: str) -> Playbook:
        path = tmp_path / "film-night.md"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return read_playbook(read_document(path, "film-night"), KINDS)

    return read


def test_a_file_becomes_a_playbook(reading: Reading) -> None:
    found = reading(PLAYBOOK)
    assert (found.name, found.title, found.who) == ("film-night", "Film night", "leaders")
    assert [each.kind for each in found.asks][:4] == ["text", "moment", "number", "weekly"]
    assert [each.name for each in found.all_stages()] == [
        *("invitation", "films", "choice", "plan", "evenings", "evening")
    ]
    invitation, films = found.stages[:2]
    assert invitation.params == {"joins": True, "for": "$lasts", "needs": 2}
    assert invitation.words == {"say": "Join us for {{ topic }},\nuntil {{ ends }}."}
    assert films.params["for"] == 86400.0
    assert found.guide.endswith("On rainy days.")


# What is put in the place of what, and how the mistake is told.
MISTAKES = [
    ("title: Film night", "titel: Film night", 2, "no such key: 'titel', nearest is 'title'"),
    ("title: Film night", "title: ''", 2, "'title' is missing, empty or no text"),
    ("purpose: Watch a film together.\n", "", 2, "'purpose' is missing, empty or no text"),
    ("asks:\n", "who: members\nasks:\n", 4, "'members' may not start it"),
    ("topic: {label", "Topic: {label", 5, "'Topic' is no name: small letters, digits and `_`"),
    ("topic: {label", "title: {label", 5, "'title' is the name of something that every session"),
    ("topic: {label", "sign: {label", 5, "every session has, 'our_sign' is free"),
    ("kind: moment", "kind: momnet", 6, "no such kind: 'momnet', nearest is 'moment'"),
    ("default: 4", "default: four", 7, "'four' is no number"),
    ("default: 4", "default: 4, max: 3", 7, "'4' is no number"),
    ("default: Mondays 18:00", "default: Mnodays 18:00", 8, "'Mnodays 18:00' is no weekly"),
    ("default: 3 days", "default: 3 dyas", 9, "'3 dyas' is no duration"),
    ("kind: lines", "kind: lines, choices: [a]", 10, "a choice needs choices, and nothing else"),
    ('default: "no"', "default: nein", 11, "'nein' is no choice"),
    ("joins: true", "join: true", 14, "no such parameter or saying: 'join', nearest is 'joins'"),
    ("joins: true", "joins: soon", 14, "'soon' is no flag"),
    ("for: $lasts", "for: $last", 15, "nobody is asked for 'last', nearest is 'lasts'"),
    ("for: $lasts", "for: $weeks", 15, "'$weeks' is asked as number, not as duration"),
    ("needs: 2", "needs: two", 16, "'two' is no number"),
    ("{{ topic }}", "{{ topci }}", 18, "nothing is called 'topci', nearest is 'topic'"),
    ("{{ ends }}", "{{ edns }}", 19, "nothing is called 'edns', nearest is 'ends'"),
    ("{{ ends }}", "{{ ends | shout }}", 19, "no template: No filter named 'shout'"),
    ("until {{ ends }}", "until {{ ends }", 19, "no template: unexpected '}'"),
    ("- collect: films", "- colect: films", 20, "no stage kind 'colect', nearest is 'collect'"),
    ("- collect: films", "- collect: topic", 20, "'topic' is asked already: a stage needs another"),
    ("- collect: films", "- collect: invitation", 20, "two stages are called 'invitation'"),
    ("- collect: films", "- collect: [1]", 20, "a stage needs a name"),
    ("unless: topic", "unless: tpoic", 21, "nothing is called 'tpoic', nearest is 'topic'"),
    ("unless: topic", "unless: [topic]", 21, "['topic'] is no condition"),
    ("what: nomination", "what: nominaton", 22, "no choice, nearest is 'nomination'"),
    ("anonymous: $loud", "anonymous: $weeks", 23, "'$weeks' is asked as number, not as choice"),
    ("from: films", "from: filsm", 26, "no stage before it is called 'filsm', nearest is 'films'"),
    ("from: films", "from: invitation", 26, "'invitation' is of the kind 'announce', not collect"),
    ("    from: films\n", "", 25, "'vote' needs 'from'"),
    ("each: meetings", "each: metings", 32, "'metings' is no list: meetings or portions"),
    ("each: meetings", "each: $topic", 32, "'$topic' is asked as text, not as lines"),
    ("each: meetings", "limit: 3", 32, "no such parameter: 'limit'"),
    ("    each: meetings\n", "", 31, "a repetition says `times`, or `each`"),
    ('{loud: "no"}', "{loud: nope}", 33, "'nope' is none of its choices, nearest is 'no'"),
    ("meeting - 1 hour", "meting - 1 hour", 36, "'meting' is no moment, nearest is 'meeting'"),
    ("meeting - 1 hour", "meeting - 1 huor", 36, "no moment, such as `meeting - 1 day`"),
    ("meeting - 1 hour", "when", 36, "'when' is no moment, nearest is '$when'"),
    ("meeting - 1 hour", "$lasts", 36, "'$lasts' is asked as duration, not as a moment"),
    ("{{ round }}", "{{ rond }}", 37, "nothing is called 'rond', nearest is 'round'"),
    ("## When is this right?\n\nOn rainy days.\n", "", 39, "a playbook needs a guide below"),
    ("needs: 2", "needs: 2\n    needs: 3", 17, 'found duplicate key "needs"'),
    ("needs: 2", "needs: &n 2", 16, ""),
    ("needs: 2", "needs: 2020-01-01", 16, "neither text, whole number, list nor names"),
    ("needs: 2", "needs: 1.5", 16, "neither text, whole number, list nor names"),
    ("needs: 2", "needs: !x 2", 16, "neither text, whole number, list nor names"),
    ("needs: 2", "? [a]\n    : 2", 16, "is no name"),
    ("say: |", "wait: |", 17, "no such parameter or saying: 'wait'"),
    (
        "- schedule: plan\n    weekly: $meets\n    times: $weeks",
        "- [plan]",
        28,
        "a stage begins with",
    ),
    ("---\ntitle", "title", 1, "a playbook begins with a front matter between two lines"),
]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"), MISTAKES, ids=[f"{each[2]}-{each[1]}" for each in MISTAKES]
)
def test_a_mistake_is_told_with_its_line(
    reading: Reading, old: str, new: str, line: int, said: str
) -> None:
    assert old in PLAYBOOK
    text = PLAYBOOK.replace(old, new, 1)
    if not said:  # harmless: an anchor that nothing repeats
        assert reading(text).name == "film-night"
        return
    with pytest.raises(WordsError) as caught:
        reading(text)
    told = str(caught.value)
    assert told.startswith(f"film-night.md:{line}: ")
    assert said in told
    assert "\n" not in told


def test_what_is_asked_is_never_hidden_by_what_a_kind_fills_in(reading: Reading) -> None:
    asked = PLAYBOOK.replace("  topic:", "  count: {label: How many?}\n  topic:", 1)
    said = "    from: films\n    result: We are {{ count }} people.\n"
    with pytest.raises(
        PlaybookError, match=r"film-night\.md:28: a leader is asked for 'count'.*'our_count'"
    ):
        reading(asked.replace("    from: films\n", said, 1))
    assert reading(asked).ask("count")
    groups = "  - group: few\n    task: About {{ topic }}{% if group_topic %}, {{ group_topic }}{% endif %}\n"
    assert reading(PLAYBOOK.replace("stages:\n", f"stages:\n{groups}", 1)).stages[0].words["task"]


BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}, *{before}, *{before}]\n"
    for before, name in zip("abcdefghijklmnopqrstuv", "bcdefghijklmnopqrstuvw", strict=True)
)


@pytest.mark.parametrize(
    ("front", "said"),
    [
        (f"title: x\npurpose: y\nasks:\n{BOMB}", "a playbook has no anchors; write it out"),
        ("title: x\npurpose: y\nasks: &a {b: *a}", "'b' needs a label"),
        ("title: x\nasks:\n  a: &a {label: x}\n  b: {<<: *a}", "no anchors"),
        (f"title: x\n# {'x' * MOST_FRONT_CHARS}", "a front matter has at most"),
        ("title: x\nstages:\n  " + "- " * 1000 + "x", "RecursionError"),
        ("title: x\nstages: " + "[" * 3000 + "]" * 3000, "brackets stand in each"),
        ("title: " + "x" * 4000, "'title' has more than 300 characters"),
        ("title: \x00", "a character that no text holds"),
        ("title: !!bool maybe", "KeyError"),
        ("- title", "front matter is no mapping"),
        ("", "a playbook begins with a front matter"),
    ],
)
def test_a_hostile_file_gets_one_sentence(reading: Reading, front: str, said: str) -> None:
    with pytest.raises(WordsError, match=said) as caught:
        reading(f"---\n{front}\n---\nGuide.\n")
    assert len(str(caught.value)) < 400


def test_a_file_without_a_front_matter_is_none(reading: Reading) -> None:
    with pytest.raises(PlaybookError, match=r"film-night\.md:1: a playbook begins with"):
        reading("Only a guide.\n" * 50_000)


@pytest.mark.parametrize("form", ["\ufeff{}", "{}\n\n"])
def test_a_mark_at_the_beginning_and_other_ends_of_lines_do_no_harm(
    reading: Reading, form: str
) -> None:
    text = form.format(PLAYBOOK)
    assert reading(text) == reading(PLAYBOOK) == reading(text.replace("\n", "\r\n"))
    with pytest.raises(PlaybookError, match=":19: nothing is called 'edns'"):
        reading(text.replace("ends", "edns").replace("\n", "\r\n"))


class Odd(Kind):
    """A kind of somebody else's, with a parameter of each sort."""

    name = "odd"
    params = tuple(Param(f"p_{each}", each, choices=("a", "b")) for each in ParamKind)


WRONG: Sequence[Any] = (
    "null",
    "[]",
    "{}",
    "[[]]",
    "{a: {b: c}}",
    "-1",
    "''",
    "$",
    "$nobody",
    "x y z",
)


@pytest.mark.parametrize("kind", [each for each in ParamKind if each is not ParamKind.ANY])
@pytest.mark.parametrize("value", WRONG)
def test_a_parameter_of_another_sort_is_refused(
    tmp_path: Path, kind: ParamKind, value: str
) -> None:
    text = "---\ntitle: x\npurpose: y\nstages:\n  - odd: step\n    p_{}: {}\n---\nGuide."
    path = tmp_path / "odd.md"
    path.write_text(text.format(kind.value, value))
    fine = {
        ParamKind.NUMBER: {"-1"},
        ParamKind.TEXT: {"''", "x y z"},
        ParamKind.TEXTS: set(),
    }
    document = read_document(path, "odd")
    if value in fine.get(kind, set()):
        assert read_playbook(document, {"odd": Odd()}).stages
        return
    with pytest.raises(PlaybookError, match=r"^odd\.md:6: "):
        read_playbook(document, {"odd": Odd()})


TOKENS = st.sampled_from(
    [
        *("&a ", "*a", "<<: *a", "!x ", "? ", "- ", "{{ chosne }}", "{% for x in y %}", "}}", "~"),
        *("1e999", ".nan", "2020-01-01", "[", "{", "|", ">", "'", '"', "# ", "---\n", "\t", "\r"),
        *("\x00", "\u2028", "\ufeff", "for: 99999 years", "!!set {a}", "!!binary aGk="),
        *("stages: []", "- repeat: x"),
    ]
)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["drop", "twice", "put", "value", "shift"]), st.integers(0), TOKENS),
    min_size=1,
    max_size=4,
)


def mutated(text: str, changes: Sequence[tuple[str, int, str]]) -> str:
    """Return a playbook with changes in its front matter."""
    head, body = text.split("\n---\n", 1)
    lines = head.split("\n")
    for how, seed, token in changes:
        at = seed % len(lines)
        line = lines[at]
        place = seed // len(lines) % (len(line) + 1)
        lines[at : at + 1] = {
            "drop": [],
            "twice": [line, line],
            "put": [line[:place] + token + line[place:]],
            "value": [f"{line.partition(':')[0]}: {token}"],
            "shift": [" " * (seed % 7) + line.strip()],
        }[how] or ([""] if len(lines) == 1 else [])
    return "\n".join(lines) + "\n---\n" + body


TEXTS = (PLAYBOOK, TEMPLATE, *(each.path.read_text(encoding="utf-8") for each in SHIPPED))


@given(text=st.sampled_from(TEXTS), changes=CHANGES)
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_a_file_holds_it_is_a_playbook_or_a_mistake(
    reading: Reading, text: str, changes: list[tuple[str, int, str]]
) -> None:
    try:
        assert isinstance(reading(mutated(text, changes)), Playbook)
    except WordsError as error:
        assert str(error).startswith("film-night.md:")
        assert "\n" not in str(error)


# What only a trial finds


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("    for: $lasts\n", "    for: $lasts\n", 0, ""),
        (
            "    what: nomination\n    anonymous: $loud\n    for: 1 day\n",
            "",
            20,
            "'films' has no end",
        ),
        ("{{ topic }}", "{{ topic * 9 }}", 17, "* is not for templates"),
        ("{{ topic }}", "{{ topic.upper() }}", 17, "SecurityError"),
        ("{{ chosen }}", "{{ chosen.nowhere }}", 37, "has no attribute 'nowhere'"),
    ],
)
def test_a_trial_finds_what_a_look_does_not(
    reading: Reading, tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in PLAYBOOK
    playbook = reading(PLAYBOOK.replace(old, new, 1))
    found = tried(playbook, read_document(tmp_path / "film-night.md", "film-night"), KINDS)
    assert bool(found) == bool(said)
    for each in found:
        assert each.startswith(f"film-night.md:{line}: ")
        assert said in each


# What is shipped


@pytest.mark.parametrize("document", SHIPPED, ids=[each.name for each in SHIPPED])
def test_a_shipped_playbook_runs_whatever_its_leader_answers(document: Any) -> None:
    assert tried(read_playbook(document, KINDS), document, KINDS) == ()


def test_the_one_to_begin_with_runs(reading: Reading, tmp_path: Path) -> None:
    document = read_document(tmp_path / "film-night.md", "x") if reading(TEMPLATE) else None
    assert document is not None
    assert tried(reading(TEMPLATE), document, KINDS) == ()


def section(name: str) -> str:
    _, _, rest = DOCS.read_text(encoding="utf-8").partition(f"\n### {name}\n")
    return rest.partition("\n#")[0]


def test_every_key_and_kind_is_explained() -> None:
    text = DOCS.read_text(encoding="utf-8")
    keys = {*TOP, *ASK_KEYS, *AskKind, *(each.name for each in (*COMMON, *REPEATS))}
    assert [key for key in keys if f"`{key}`" not in text] == []
    missing = [
        f"{kind.name}: {name}"
        for kind in KINDS.values()
        for name in (*(each.name for each in kind.params), *kind.sayings)
        if f"`{name}`" not in section(kind.name)
    ]
    assert missing == []
    for kind in KINDS.values():
        for param in kind.params:
            assert [each for each in param.choices if f"`{each}`" not in section(kind.name)] == []
