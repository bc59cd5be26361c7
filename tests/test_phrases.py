"""The words for people: complete in every language, renderable, used, well written, and not in code."""

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from jinja2 import nodes

import learncomm_agent
from learncomm_agent import templates
from learncomm_agent.phrases import Phrases
from learncomm_agent.roots import Roots
from learncomm_agent.words import Words

ROOT = Path(learncomm_agent.__path__[0]).parent
LANGUAGES = Words().languages()

# Keys that code puts together; whoever does so writes the beginning here, with the place.
PUT_TOGETHER: Mapping[str, str] = {
    "answer.dropped": "writing.receipt",
    "audit.act.": "commands.audit.ACTS",
    "answer.extracted": "writing.items.Method",
    "answer.model": "writing.items.Method",
    "cli.doctor.connection_": "checkup.STATES",
    "cli.doctor.llm_": "checkup_remote: the kind of model in the settings, and how it keeps to a form",
    "cli.doctor.model_": "checkup: the kind of embedding in the settings",
    "command.": "commands.declaration: help and options of each command",
    "actions.button_": "community.promise_words: what one can do with an action item",
    "actions.field_": "commands.actions: the fields of its forms",
    "actions.list_": "commands.action_listing: which ones",
    "actions.moment_": "caring.promising.Moment",
    "actions.none_": "commands.action_listing: which ones",
    "actions.stands_": "storage.actions.State",
    "actions.verb_": "commands.actions.VERBS",
    "consent.": "chat.people.Consent",
    "decisions.button_": "community.reviewing.ACTS",
    "decisions.now_": "community.reviewing.ACTS",
    "control.thanks_": "commands.controls: a verdict",
    "card.used_": "writing.results.USED_IN",
    "digest.": "writing.digest: the headings of its sections; commands.digest: verbs and choices",
    "draft.edit_line": "writing.draft_layout: its lists",
    "draft.strike": "writing.draft_layout: its lists",
    "error.unreadable_": "library.readers.reader: what is wrong with a file",
    "facilitator.reason.": "sessions.facilitating.moves.Reason",
    "feedback.kind_": "storage.feedback.Kind",
    "feedback.piece_": "storage.feedback.Kind",
    "feedback.said_": "storage.feedback.Kind",
    "feedback.taken_": "storage.feedback.Kind",
    "feedback.verb_": "commands.feedback: what leaders do with it",
    "forgotten.": "library.forgotten.Forgotten",
    "goals.control.": "commands.goal_acts, community.learning_goals: their buttons",
    "goals.verb.": "commands.goals.VERBS",
    "goals.added": "commands.goal_acts: what stands above ideas",
    "goals.stuck": "commands.goal_acts: what stands above ideas",
    "thank.later_": "caring.thanking.Reason",
    "me.thanks_set_": "commands.me_thanks.THANKS",
    "me.verb_": "commands.me.DOES",
    "command.me.thanks_": "commands.me_thanks.THANKS",
    "help.topic_": "commands.help.TOPICS",
    "roundup.verb_": "commands.thank_weekly: weekly and off",
    "kind.": "library.resources.ResourceKind",
    "command.me.naming_": "commands.me.NAMING",
    "letter.": "writing.letters, community.letters: openings, columns, charts, what to try",
    "link.now_": "chat.people.Consent",
    "me.consent_": "chat.people.Consent",
    "missed.title_": "writing.views.View",
    "me.naming_": "commands.me.NAMING",
    "part.": "writing.items.Outcome, and errors.ModelError.reason",
    "doubt.": "writing.items.Item.doubt",
    "dossier.": "community.dossier.KEEPERS",
    "retention.kind_": "storage.retention_rules.KINDS",
    "noting.": "writing.items.ItemKind",
    "pulse.score_": "caring.figures: the five answers",
    "pulse.verb_": "commands.pulse: what is done",
    "profile.control.": "commands.profile_showing",
    "profile.day.": "commands.profile_words.DAYS",
    "profile.field.": "commands.profile: its fields",
    "profile.hint.": "commands.profile: its fields",
    "profile.time.": "commands.profile_words.PARTS",
    "profile.verb.": "commands.profile: what is said after it",
    "session.match.left.": "caring.matching.Reason",
    "questions.dropped": "writing.receipt",
    "reminders.field_": "commands.reminders: its form",
    "reminders.kind_": "community.nudges: the kinds",
    "reminders.word_": "community.nudges: the kinds",
    "reminders.verb.": "commands.reminders: stop and start",
    "questions.extracted": "writing.items.Method",
    "questions.model": "writing.items.Method",
    "rank.": "writing.ranks: the parts of a score",
    "rate.score_": "caring.figures: the five answers",
    "rehearse.came.": "rehearsing.stagehands, rehearsing.playing",
    "rehearse.did.": "rehearsing.happenings.Act, with sessions.events.Act and Rule",
    "rehearse.role.": "rehearsing.cast.Role",
    "session.control.": "writing.session_posts, commands.session_showing: labels, and how to do it in words",
    "session.collected.": "commands.session_showing.COLLECTED",
    "session.evenness.": "sessions.facilitating.participation.Evenness",
    "session.field_": "commands.session_forms: their fields",
    "session.hint_": "commands.session_forms: their fields",
    "session.kind.": "commands.session_showing.KINDS",
    "session.mode.": "sessions.events.Mode",
    "session.now.": "commands.session_showing.KINDS",
    "session.phase.": "sessions.state.Phase",
    "session.verb.": "commands.session.VERBS",
    "session.whom.": "sessions.effects.Whom",
    "session.write.general.": "sessions.running.questions.BANK",
    "session.you_": "sessions.events.Mode",
    "setup.field_": "commands.setup: the fields of its form",
    "setup.hint_": "commands.setup: the fields of its form",
    "why.left_": "writing.openness.Flaw, REPEATED, and the gate's EVIDENCE",
    "skipped.": "writing.items.Skipped.reason",
    "summary.": "writing.items.ItemKind",
    "terminal.key.": "learncomm_terminal.lines: what the terminal itself can do",
    "vote.advice_": "commands.vote.ADVISED",
    "vote.named_": "commands.vote: whether a name is shown",
    "without_model.": "errors.ModelError.reason",
    "why.": "storage.writings.Writing.kind",
}

# Sections that only whoever runs learncomm reads; there, a technical word may be the clear one.
OPERATORS = ("cli.", "doctor.", "init.")
JARGON = re.compile(
    r"\b(boolean|chunks?|embeddings?|exceptions?|JSON|null|regex|schema|SQL|traceback|vectors?)\b",
    re.IGNORECASE,
)
# What commands and options are called in another language; in English, they are called as declared.
NAME = re.compile(r"command\.\w+\.(?:\w+_)?name")
KEY = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")
BEGINS, ENDS = re.compile(r"[A-ZÄÖÜ“\"']"), re.compile(r"[.?!:…]['\"”]?$")


@cache
def phrases(language: str) -> Mapping[str, str]:
    return Phrases(Roots()).shipped(language)


class Anything(str):
    """A value that has every attribute, and is a text."""

    def __getattr__(self, name: str) -> "Anything":
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything("Ana")


SAMPLES: Mapping[str, object] = {
    "number": 3,
    "plural": 3,
    "round": 3,
    "date": date(2026, 11, 24),
    "time": datetime(2026, 11, 24, 20, 5, tzinfo=UTC),
    "datetime": datetime(2026, 11, 24, 20, 5, tzinfo=UTC),
    "ago": timedelta(hours=3),
    "duration": timedelta(hours=3),
    "list": [Anything("Ana"), Anything("Ben")],
    "join": [Anything("Ana"), Anything("Ben")],
}


def sample_values(source: str, number: int = 3) -> dict[str, object]:
    """Return a value for each name that a sentence fills in, guessed from how it is used."""
    values: dict[str, object] = {each: Anything("Ana") for each in templates.variables(source)}
    tree = templates.environment("en").parse(source)
    for used in tree.find_all(nodes.Filter):
        if isinstance(used.node, nodes.Name) and used.name in SAMPLES:
            values[used.node.name] = SAMPLES[used.name]
    for loop in tree.find_all(nodes.For):
        if isinstance(loop.iter, nodes.Name):
            values[loop.iter.name] = SAMPLES["list"]
    for compared in tree.find_all(nodes.Compare):
        constants = [each.expr for each in compared.ops if isinstance(each.expr, nodes.Const)]
        if isinstance(compared.expr, nodes.Name) and constants:
            values[compared.expr.name] = constants[0].value
    return {name: number if value == 3 else value for name, value in values.items()}


def rendered(language: str, key: str, number: int = 3) -> str:
    source = phrases(language)[key]
    return templates.fill(source, language, sample_values(source, number))


SPOKEN_IN_TESTS = {"models", "promises", "promises_kept"}


def code() -> Iterator[tuple[str, str]]:
    for base in ("learncomm_agent", "adapters"):
        for path in sorted((ROOT / base).rglob("*.py")):
            if path.stem in SPOKEN_IN_TESTS and path.parent.name == "testing":
                continue  # what a model might say, or people in a test, is for no person to read
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the texts of some code with their lines, without docstrings and messages of errors."""
    tree = ast.parse(source)
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)
        elif isinstance(node, ast.Call) and is_error(node) and node.args:
            skipped |= set(ast.walk(node.args[0]))
        elif isinstance(node, ast.JoinedStr):
            skipped |= set(node.values)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (
                str(each.value) if isinstance(each, ast.Constant) else "x" for each in node.values
            )
            yield node.lineno, "".join(parts)


def is_error(call: ast.Call) -> bool:
    return ast.unparse(call.func).endswith(("Error", "Exception", "super().__init__"))


def is_sentence(text: str) -> bool:
    words = text.split()
    is_statement = words and len(words[0]) > 1 and words[0].isupper()  # SQL shouts
    return bool(BEGINS.match(text) and ENDS.search(text) and len(words) >= 4 and not is_statement)


def sentences(source: str) -> list[str]:
    return [f"{line}: {text}" for line, text in texts(source) if is_sentence(text.strip())]


def asked_for(source: str) -> Iterator[tuple[int, str]]:
    """Yield the keys that code surely asks for: `phrase("…")`, `phrase="…"`."""
    for node in ast.walk(ast.parse(source)):
        found: list[ast.expr | None] = []
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "phrase":
            found = list(node.args[:1])
        elif isinstance(node, ast.keyword):
            found = [node.value] if node.arg == "phrase" else []
        elif isinstance(node, ast.Assign):
            found = [node.value] if ast.unparse(node.targets[0]) == "phrase" else []
        for each in found:
            text = each.value if isinstance(each, ast.Constant) else None
            if each is not None and isinstance(text, str) and KEY.fullmatch(text):
                yield each.lineno, text


def nothing(findings: list[str]) -> None:
    if findings:
        pytest.fail("\n".join(findings), pytrace=False)


def test_there_is_more_than_one_language() -> None:
    assert {"de", "en"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys(language: str) -> None:
    missing, more = (
        phrases("en").keys() - phrases(language).keys(),
        phrases(language).keys() - phrases("en").keys(),
    )
    nothing(sorted(missing | {key for key in more if not NAME.fullmatch(key)}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_fills_in_the_same_names(language: str) -> None:
    ours, english = phrases(language), phrases("en")
    shared = ours.keys() & english.keys()
    different = (key for key in sorted(shared) if names(ours[key]) != names(english[key]))
    nothing([f"{key}: {sorted(names(ours[key]))}" for key in different])


def names(source: str) -> frozenset[str]:
    return templates.variables(source)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_renders(language: str) -> None:
    for key in phrases(language):
        for number in (0, 1, 3):
            said = rendered(language, key, number)
            assert said.strip(), key
            assert "{" not in said, key


def test_every_key_that_code_asks_for_exists() -> None:
    nothing(
        [
            f"{path}:{line} {key}"
            for path, source in code()
            for line, key in asked_for(source)
            if key not in phrases("en")
        ]
    )


def test_a_key_that_code_asks_for_is_seen() -> None:
    source = (
        'words.phrase("a.b", language="en")\nE("x", phrase="a.c")\nclass E:\n    phrase = "a.d"'
    )
    assert {key for _, key in asked_for(source)} == {"a.b", "a.c", "a.d"}


def test_no_sentence_is_left_unused() -> None:
    used = {text for _, source in code() for _, text in texts(source) if KEY.fullmatch(text)}
    beginnings = tuple(PUT_TOGETHER)
    nothing([key for key in phrases("en") if key not in used and not key.startswith(beginnings)])


def test_no_sentence_for_people_stands_in_code() -> None:
    nothing([f"{path}:{found}" for path, source in code() for found in sentences(source)])


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        ("say('Please try that once more.')", True),
        ("say(f'I found {n} of them.')", True),
        ("help='Where is the file with it?'", True),
        ("x = ('Please try that '\n     'once more.')", True),
        ("raise UsageError('No such thing is here.')", False),
        ("raise UsageError(f'No such {thing} is here.', phrase='error.x')", False),
        ("raise UsageError('x', phrase='Please try that once more.')", True),
        ("def f():\n    '''Return what was found here.'''", False),
        ("x: int\n'''How many of them there are.'''", False),
        ("x = 'SELECT a, b FROM c WHERE d'", False),
        ("x = 'error.usage'", False),
    ],
)
def test_a_sentence_in_code_is_found(source: str, is_found: bool) -> None:
    assert is_found == bool(sentences(source))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_calm_short_and_plain(language: str) -> None:
    findings = []
    for key in phrases(language):
        said = rendered(language, key)
        if "!" in said:
            findings.append(f"{key}: exclamation mark")
        if any(len(each) > 200 for each in re.split(r"(?<=[.?:…])\s|\n", said)):
            findings.append(f"{key}: a sentence over 200 characters")
        if (word := JARGON.search(said)) and not key.startswith(OPERATORS):
            findings.append(f"{key}: technical word {word[0]!r}")
    nothing(findings)


def test_every_prompt_can_be_read_and_declares_its_inputs() -> None:
    for prompt in Words().prompts():
        assert {"purpose", "inputs", "output"} <= prompt.front.keys(), prompt.name


def test_every_guide_can_be_read() -> None:
    for guide in Words().documents("guides"):
        assert guide.body, guide.name
