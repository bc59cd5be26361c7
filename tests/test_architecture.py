"""The plan of the house, enforced: who may import whom, how long things are, what the core may know.

Every rule is a function from modules to findings, so that each can be shown able to fail: the last
test of each pair feeds it a bad module. To find a place for a new module, read `LAYERS`.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import learncomm_agent

ROOT = Path(learncomm_agent.__path__[0]).parent
CORE = "learncomm_agent"

# Packages with a front door: names that are imported when somebody asks for them.
FRONT_DOORS = frozenset({CORE, "learncomm_discord"})

# From the inside out: a layer imports itself and those above it in this table. Exactly one pattern
# of one layer fits each module; a full name goes before a pattern with a star.
LAYERS: dict[str, str] = {
    "values": """
        errors settings settings_file
        chat.people chat.messages chat.audience chat.events chat.capabilities chat.outgoing chat.forms chat.polls chat.scheduled_events
        library.resources library.embedding library.forgotten moving.records writing.items
        sessions.playbook sessions.state sessions.events sessions.effects
    """,
    # No async, no clock, no log, no files, no network: a function of what it is given.
    "pure": """
        chat.rendering chat.splitting chat.cutting chat.plain
        library.finding.analysis library.web.addresses library.chunking library.finding.collapsing library.finding.excerpts library.finding.ranking library.finding.tokens library.sharing.links library.talk.windows llm.tokens
        moving.markdown moving.names
        writing.language.cues writing.language.deadlines writing.language.dialogue writing.language.follow_ups writing.language.prose writing.language.quotes
        writing.language.sentences writing.language.spoken writing.language.vocabulary writing.evidence.acts writing.evidence.checks writing.evidence.closeness writing.evidence.grounds writing.evidence.names writing.evidence.outruns writing.evidence.promises writing.evidence.reach writing.evidence.summary_checks writing.evidence.support
        writing.extractive.answer writing.extractive.asking writing.extractive.clauses writing.extractive.figures writing.extractive.differing writing.extractive.fillings writing.extractive.findings writing.extractive.fit writing.extractive.patterns writing.extractive.points writing.extractive.questions writing.extractive.reception writing.extractive.relevance writing.extractive.salience
        writing.extractive.owning writing.extractive.short_talk writing.extractive.sifting writing.extractive.summary writing.extractive.taking writing.extractive.topics writing.extractive.votes writing.extractive.withdrawing writing.model.forms writing.model.joining writing.model.material
        writing.excerpts writing.merging writing.openness writing.records writing.repetition writing.segments
        writing.knowing writing.light_markdown writing.model.partial
        caring.*
        adapting.asking adapting.calling adapting.html adapting.laying adapting.marking adapting.offering adapting.signs
        sessions.planning.answers sessions.records sessions.course sessions.diagram sessions.earlier sessions.planning.ghosts sessions.joining sessions.losing sessions.uniting sessions.migrating sessions.planning.plans sessions.planning.previewing sessions.scene sessions.session sessions.sparing sessions.inheriting sessions.steering sessions.walking sessions.stages.* sessions.methods.* sessions.facilitating.*
        rehearsing.acting rehearsing.cast rehearsing.deeds rehearsing.happenings rehearsing.leading rehearsing.lines rehearsing.played rehearsing.playing rehearsing.rereading rehearsing.stagehands rehearsing.troubles
    """,
    "rim": """
        clock leases log work
        words phrases roots documents templates charts
        chat.platform chat.verbs chat.desk writing.writer llm.*
        adapting.finishing adapting.notes adapting.once adapting.receipts adapting.returning
        library.web.fetching library.web.connecting library.web.politeness library.web.robots library.web.page_reading
        library.reading library.readers.* library.web.following library.embedders.models library.embedders.minilm library.embedders.multilingual library.embedders.hosted
        storage.*
    """,
    "services": """
        chat.intake chat.placeholders chat.placing chat.posting chat.progress chat.rereading chat.history_run chat.rows community.*
        library.adding library.finding.candidates library.forgetting library.indexing library.meaning library.search
        library.talk.conversations library.promoting library.removing library.silencing
        sessions.playbooks.asks sessions.playbooks.file sessions.playbooks.page sessions.playbooks.params sessions.playbooks.spoken sessions.playbooks.trial sessions.playbooks.shelf sessions.running.*
        rehearsing.rehearsals rehearsing.transcript
        library.starter library.errands library.sharing.resharing library.sharing.bringing library.sharing.linking
        moving.*
        library.web.pages library.web.refreshing library.sharing.wishes library.web.feeds library.web.entries
        writing.answers writing.answer_blocks writing.follow_ups writing.model.follow_ups writing.streaming writing.card_lines writing.evidence.gate writing.language.cue_book writing.language.stopwords writing.letters writing.model.answers writing.model.asking writing.model.known writing.model.ledger writing.model.planning writing.model.recalling writing.model.segment_reader writing.model.side_by_side writing.model.questions writing.model.summaries writing.model.writer writing.notices writing.novelty writing.noting writing.keeping writing.receipt writing.digest writing.layout writing.mending writing.questions writing.ranks writing.results writing.recordings writing.summaries writing.views writing.extractive.writer writing.voice writing.voting writing.draft_layout writing.elsewhere writing.showing writing.sayings writing.session_posts writing.promised_posts writing.taking writing.round_up writing.goal_posts
    """,
    "commands": "commands.*",
    "agent": "agent house house_between house_chat house_library house_services house_sessions sessions.kinds heartbeat beside platforms plugins writers embedders readers analysers",
    "cli": "cli cli_adapters cli_moving cli_options cli_playbooks cli_prompts cli_rehearse prompting trying console calls calls_adapters calls_adding calls_moving calls_playbooks checkup_remote upkeep checkup printing progress",
    "testing": "testing.*",
}

# In an outer layer for the types it speaks of, and yet as pure as the pure ones.
ALSO_PURE = frozenset({"commands.parsing", "library.web.following"})

# Adapters see what is said and what can be asked, and tell the time and write the log as we do.
ADAPTERS_MAY = (
    *("adapting.*", "chat.*", "errors", "clock", "log"),
    *("commands.declaration", "commands.parsing", "commands.surroundings"),
)
ENTRY_MAY = (*ADAPTERS_MAY, "agent")
# What lets an adapter live in somebody else's process makes the agent there.
EXTENSION_MAY = (*ENTRY_MAY, "platforms", "settings")

IO_MODULES = frozenset(
    {"asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os", "pathlib", "shutil"}
    | {"socket", "sqlite3", "structlog", "subprocess", "tempfile", "threading", "time", "urllib3"}
    | {"aiohttp", "chromadb", "httpx", "openai", "requests", "sqlalchemy"}
)
TIME_CALLS = frozenset(
    {"asyncio.sleep", "asyncio.timeout", "asyncio.wait_for", "time.time", "datetime.now"}
    | {"datetime.utcnow", "datetime.today", "date.today"}
)
PLATFORMS = re.compile(
    r"(?<![a-z])(discord|matrix|mautrix|mattermost|nio|slack|telegram|whatsapp|zulip)(?![a-z])",
    re.IGNORECASE,
)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of Python."""

    name: str
    """With its top package, for example `learncomm_agent.chat.people`."""
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def package(self) -> str:
        return self.name.split(".")[0]

    @property
    def short(self) -> str:
        return self.name.partition(".")[2]

    def functions(self) -> Iterator[Function]:
        yield from (each for each in ast.walk(self.tree) if isinstance(each, Function))


def read(base: Path) -> list[Module]:
    found = []
    for path in sorted(base.rglob("*.py")):
        parts = path.relative_to(base.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        found.append(Module(name, path.read_text(encoding="utf-8"), is_package))
    return found


CORE_MODULES = read(ROOT / CORE)
ADAPTER_MODULES = [
    module for base in sorted((ROOT / "adapters").glob("learncomm_*")) for module in read(base)
]
ALL_MODULES = CORE_MODULES + ADAPTER_MODULES


def imports(module: Module, known: set[str]) -> Iterator[tuple[int, str]]:
    """Yield line and full name of what is imported, inside functions too."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield node.lineno, inner if inner in known else base


def ours(module: Module, known: set[str]) -> Iterator[tuple[int, str]]:
    """Yield line and short name of what is imported from the core; the top package is no layer's."""
    for line, name in imports(module, known):
        if name.startswith(f"{CORE}."):
            yield line, name.partition(".")[2]


def layer_of(short: str) -> str | None:
    """Return the one layer of a module.

    Raises:
        LookupError: More than one fits.
    """
    patterns = {pattern: layer for layer, line in LAYERS.items() for pattern in line.split()}
    if short in patterns:
        return patterns[short]
    layers = {layer for pattern, layer in patterns.items() if fnmatchcase(short, pattern)}
    if len(layers) > 1:
        raise LookupError(f"{short} is in {sorted(layers)}")
    return layers.pop() if layers else None


def names_of(modules: list[Module]) -> set[str]:
    return {each.name for each in modules}


def without_layer(modules: list[Module]) -> list[str]:
    return [
        f"{each.short} is in no layer: write it into LAYERS of tests/test_architecture.py"
        for each in modules
        if not each.is_package and layer_of(each.short) is None
    ]


def outward_imports(modules: list[Module]) -> list[str]:
    order, known, found = list(LAYERS), names_of(modules), []
    for module in modules:
        layer = layer_of(module.short)
        if module.is_package or layer is None or layer == "testing":
            continue
        for line, target in ours(module, known):
            other = layer_of(target)
            if other is not None and order.index(other) > order.index(layer):
                found.append(f"{module.name}:{line} ({layer}) imports {target} ({other})")
    return found


def for_types_alone(module: Module) -> set[int]:
    """Return the lines that only a type checker runs."""
    return {
        line
        for node in ast.walk(module.tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def circles(modules: list[Module]) -> list[str]:
    known = names_of(modules)
    graph = {}
    for module in modules:
        skipped = for_types_alone(module)
        used = {name for line, name in ours(module, known) if line not in skipped}
        if module.short:
            graph[module.short] = used
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" -> ".join(error.args[1])]
    return []


def relative_imports(modules: list[Module]) -> list[str]:
    return [
        f"{module.name}:{line} imports {name}"
        for module in modules
        for line, name in imports(module, set())
        if name.startswith(".")
    ]


def impure(modules: list[Module]) -> list[str]:
    found = []
    for module in modules:
        if layer_of(module.short) != "pure" and module.short not in ALSO_PURE:
            continue
        for line, name in imports(module, set()):
            if name.split(".")[0] in IO_MODULES:
                found.append(f"{module.name}:{line} imports {name}")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
                found.append(f"{module.name}:{node.lineno} is async")
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"open", "input"}:
                found.append(f"{module.name}:{node.lineno} opens something")
    return found


def own_time(modules: list[Module]) -> list[str]:
    found = []
    for module in modules:
        if module.short in {"clock", "testing.clock"}:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute):
                called = {".".join(ast.unparse(node).split(".")[-2:])}
            elif isinstance(node, ast.ImportFrom):
                called = {f"{node.module}.{alias.name}" for alias in node.names}
            else:
                continue
            found += [f"{module.name}:{node.lineno} uses {each}" for each in called & TIME_CALLS]
    return found


def own_logs(modules: list[Module]) -> list[str]:
    """Find loggers that go around `log.logger`, and so around its guard over members' words."""
    return [
        f"{module.name}:{line} imports {name}: take learncomm_agent.log.logger"
        for module in modules
        if module.short != "log"
        for line, name in imports(module, set())
        if name.split(".")[0] in {"logging", "structlog"}
    ]


def prints(modules: list[Module]) -> list[str]:
    return [
        f"{module.name}:{node.lineno} prints"
        for module in modules
        if module.package != "learncomm_terminal" and layer_of(module.short) != "cli"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]


def matches(modules: list[Module], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{module.name}:{number} says {match[0]}"
        for module in modules
        for number, line in enumerate(module.text.splitlines(), start=1)
        for match in pattern.finditer(line)
    ]


def long_files(modules: list[Module], most: int = 299) -> list[str]:
    sizes = ((each.name, len(each.text.splitlines())) for each in modules)
    return [f"{name} has {lines} lines" for name, lines in sizes if lines > most]


def lines_of(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def long_functions(modules: list[Module], most: int = 60) -> list[str]:
    return [
        f"{module.name}:{each.lineno} {each.name} has {lines_of(each)} lines"
        for module in modules
        for each in module.functions()
        if lines_of(each) > most
    ]


def without_docstring(modules: list[Module]) -> list[str]:
    return [
        f"{module.name}:{line} {name} has no docstring"
        for module in modules
        for line, name, node in public(module.tree, "the module")
        if not ast.get_docstring(node)
    ]


def public(
    node: ast.Module | ast.ClassDef | Function, name: str
) -> Iterator[tuple[int, str, ast.Module | ast.ClassDef | Function]]:
    yield getattr(node, "lineno", 1), name, node
    if isinstance(node, Function):
        return
    for each in node.body:
        if isinstance(each, ast.ClassDef | Function) and not each.name.startswith("_"):
            yield from public(each, each.name)


def full_inits(modules: list[Module]) -> list[str]:
    """Find packages that hold more than a docstring; the top one has the version and lazy names."""
    found = []
    for module in modules:
        if not module.is_package:
            continue
        rest = module.tree.body[1:] if ast.get_docstring(module.tree) else module.tree.body
        if module.name in FRONT_DOORS:
            rest = [each for each in rest if not is_front_door(each)]
        found += [f"{module.name}:{each.lineno} is more than a docstring" for each in rest]
    return found


def is_front_door(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name in {"__getattr__", "__dir__"}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        return ast.unparse(target) in {"__version__", "__all__", "_PUBLIC"}
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    return isinstance(node, ast.Import | ast.ImportFrom) and CORE not in ast.unparse(node)


def stray_adapter_imports(modules: list[Module], core: set[str]) -> list[str]:
    found = []
    for module in modules:
        entries = {"adapter": ENTRY_MAY, "extension": EXTENSION_MAY}
        may = entries.get(module.short, ADAPTERS_MAY)
        for line, name in imports(module, core):
            top, _, short = name.partition(".")
            is_foreign = top.startswith("learncomm_") and top not in {CORE, module.package}
            is_inner = top == CORE and short and not any(fnmatchcase(short, each) for each in may)
            if is_foreign or is_inner:
                found.append(f"{module.name}:{line} imports {name}")
    return found


def imports_of_doubles(modules: list[Module], core: set[str]) -> list[str]:
    return [
        f"{module.name}:{line} imports {target}"
        for module in modules
        if not module.short.startswith("testing")
        for line, target in ours(module, core)
        if target.split(".")[0] == "testing"
    ]


def nothing(findings: list[str]) -> None:
    if findings:
        pytest.fail("\n".join(findings), pytrace=False)


def bad(name: str, text: str, *, is_package: bool = False) -> Module:
    return Module(name, text, is_package)


def test_every_module_is_in_exactly_one_layer() -> None:
    nothing(without_layer(CORE_MODULES))


def test_a_module_without_a_layer_is_found() -> None:
    (finding,) = without_layer([bad(f"{CORE}.chat.strange", "")])
    assert "write it into LAYERS" in finding


def test_the_table_names_no_layer_twice() -> None:
    patterns = [pattern for line in LAYERS.values() for pattern in line.split()]
    assert len(patterns) == len(set(patterns))


def test_layers_import_inwards_alone() -> None:
    nothing(outward_imports(CORE_MODULES))


@pytest.mark.parametrize(
    "line",
    [
        "from learncomm_agent.clock import Clock",
        "from learncomm_agent import clock",
        "import learncomm_agent.clock",
        "def f():\n    from learncomm_agent.clock import Clock",
    ],
)
def test_an_import_outwards_is_found(line: str) -> None:
    modules = [bad(f"{CORE}.chat.rendering", line), bad(f"{CORE}.clock", "")]
    (finding,) = outward_imports(modules)
    assert "chat.rendering" in finding
    assert "(pure) imports clock (rim)" in finding


def test_there_is_no_circle() -> None:
    nothing(circles(CORE_MODULES))


def test_a_circle_is_found() -> None:
    one = bad(f"{CORE}.one", "from learncomm_agent import two")
    two = bad(f"{CORE}.two", "from learncomm_agent.one import x")
    (finding,) = circles([one, two])
    assert {"one", "two"} == set(finding.split(" -> "))


def test_imports_are_written_in_full() -> None:
    nothing(relative_imports(ALL_MODULES))
    assert relative_imports([bad(f"{CORE}.x", "from . import y")])


def test_the_pure_layer_only_computes() -> None:
    nothing(impure(CORE_MODULES))


@pytest.mark.parametrize(
    "line", ["import asyncio", "import os.path", "async def f(): pass", "open('x')", "import time"]
)
def test_more_than_computing_is_found(line: str) -> None:
    assert impure([bad(f"{CORE}.chat.rendering", line)])
    assert not impure([bad(f"{CORE}.work", line)])


def test_time_comes_from_the_clock() -> None:
    nothing(own_time(ALL_MODULES))


@pytest.mark.parametrize(
    "line",
    [
        "await_ = asyncio.sleep(1)",
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "f = time.time",
        "from asyncio import sleep",
        "date.today()",
        "asyncio.timeout(3)",
    ],
)
def test_a_clock_of_its_own_is_found(line: str) -> None:
    assert own_time([bad(f"{CORE}.work", line)])
    assert not own_time([bad(f"{CORE}.clock", line)])


def test_all_log_through_the_guard() -> None:
    nothing(own_logs(ALL_MODULES))
    assert own_logs([bad(f"{CORE}.x", "import structlog")])
    assert not own_logs([bad(f"{CORE}.log", "import structlog")])


def test_only_the_command_line_and_the_terminal_print() -> None:
    nothing(prints(ALL_MODULES))
    assert prints([bad(f"{CORE}.work", "print(1)")])
    assert not prints([bad(f"{CORE}.cli", "print(1)"), bad("learncomm_terminal.x", "print(1)")])


def test_the_core_names_no_platform() -> None:
    nothing(matches(CORE_MODULES, PLATFORMS))


@pytest.mark.parametrize(
    "line", ["import discord", "# as in Matrix", "slack_id = 1", "x = 'Telegram'", "DISCORD_TOKEN"]
)
def test_a_platform_in_the_core_is_found(line: str) -> None:
    assert matches([bad(f"{CORE}.x", line)], PLATFORMS)


def test_nothing_is_left_unfinished() -> None:
    nothing(matches(ALL_MODULES, UNFINISHED))
    assert matches([bad(f"{CORE}.x", "# TODO: later")], UNFINISHED)


def test_core_files_are_short() -> None:
    nothing(long_files(CORE_MODULES))
    assert long_files([bad(f"{CORE}.x", "x = 1\n" * 300)])


def test_functions_are_short() -> None:
    nothing(long_functions(ALL_MODULES))
    assert long_functions([bad(f"{CORE}.x", "def f():\n" + "    x = 1\n" * 60)])


def test_nearly_all_functions_are_under_forty_lines() -> None:
    sizes = [lines_of(each) for module in ALL_MODULES for each in module.functions()]
    assert sum(size < 40 for size in sizes) >= 0.95 * len(sizes)


def test_everything_public_has_a_docstring() -> None:
    nothing(without_docstring(ALL_MODULES))


def test_a_missing_docstring_is_found() -> None:
    text = '"""M."""\nclass A:\n    """A."""\n    def b(self): pass\n    def _c(self): pass\n'
    assert without_docstring([bad(f"{CORE}.x", text)]) == [f"{CORE}.x:4 b has no docstring"]


def test_packages_hold_a_docstring_alone() -> None:
    nothing(full_inits(ALL_MODULES))


def test_a_package_with_more_is_found() -> None:
    text = '"""P."""\nfrom learncomm_agent.chat.people import Account'
    assert full_inits([bad(f"{CORE}.chat", text, is_package=True)])
    assert full_inits([bad(CORE, text, is_package=True)])
    assert not full_inits([bad(CORE, '"""P."""\n__version__ = "1"', is_package=True)])


def test_only_tests_import_the_test_doubles() -> None:
    nothing(imports_of_doubles(ALL_MODULES, names_of(CORE_MODULES)))
    assert imports_of_doubles([bad(f"{CORE}.x", "import learncomm_agent.testing.clock")], set())


def test_adapters_see_the_chat_alone() -> None:
    nothing(stray_adapter_imports(ADAPTER_MODULES, names_of(CORE_MODULES)))


@pytest.mark.parametrize(
    ("module", "line", "is_found"),
    [
        ("learncomm_x.mapping", "from learncomm_agent.storage import database", True),
        ("learncomm_x.mapping", "from learncomm_agent.agent import Agent", True),
        ("learncomm_x.mapping", "import learncomm_terminal.adapter", True),
        ("learncomm_x.adapter", "from learncomm_agent.agent import Agent", False),
        ("learncomm_x.mapping", "from learncomm_agent.chat.people import Account", False),
        ("learncomm_x.mapping", "from learncomm_x import other", False),
        ("learncomm_x.mapping", "import learncomm_agent", False),
    ],
)
def test_an_adapter_that_reaches_further_is_found(module: str, line: str, is_found: bool) -> None:
    found = stray_adapter_imports([bad(module, line)], names_of(CORE_MODULES))
    assert is_found == bool(found)
