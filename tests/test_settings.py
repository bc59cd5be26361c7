"""Settings: every mistake at once, each with its place and what was likely meant; secrets stay secret."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from platformdirs import user_data_path
from pydantic import BaseModel, SecretStr, ValidationError

from learncomm_agent.errors import SettingsError
from learncomm_agent.settings import CommunitySettings, EmbeddingSettings, Settings
from learncomm_agent.settings_file import SECRETS

TEMPLATE = Path(str(files("learncomm_agent"))).parent / "knowledge/templates/learncomm.toml"


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "learncomm.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def problems(folder: Path, text: str | bytes, **environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.load(write(folder, text), environ)
    return caught.value.problems


def test_without_anything_the_defaults_hold() -> None:
    settings = Settings.load(None, {})
    assert settings == Settings()
    assert settings.data == user_data_path("learncomm")


def test_settings_are_passed_from_code_without_a_file(tmp_path: Path) -> None:
    key = SecretStr("k")
    embedding = EmbeddingSettings(kind="hosted", base_url="http://x", model="m", key=key)
    settings = Settings(data=tmp_path, embedding=embedding)
    assert settings.embedding.key == key
    with pytest.raises(ValidationError):
        CommunitySettings(timezone="Mars/Olympus")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().search.limit = 3  # type: ignore[misc]


def test_a_file_is_read(tmp_path: Path) -> None:
    text = '[community]\nname = "Readers"\ntimezone = "Europe/Berlin"\nleaders = ["terminal:ana"]'
    settings = Settings.load(write(tmp_path, text), {})
    assert settings.community.name == "Readers"
    assert settings.community.leaders == ("terminal:ana",)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = """
[community]
langage = "en"
timezone = "Mars/Olympus"
leaders = ["ana"]

[log]
level = "inf"

[serch]
limit = 3
"""
    assert problems(tmp_path, text) == (
        "learncomm.toml:4: community.timezone: invalid, no time zone of that name",
        "learncomm.toml:5: community.leaders: invalid, string should match pattern "
        "'^[a-z][a-z0-9_]*:\\S(.*\\S)?$'",
        "learncomm.toml:3: community.langage: unknown, nearest is community.language",
        "learncomm.toml:8: log.level: invalid, input should be 'debug', 'info', 'warning' or "
        "'error', nearest is info",
        "learncomm.toml:10: serch: unknown, nearest is search",
    )


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("level = 'info'", "log.level"),
        ("limit = 3", "search.limit"),
        ("[embedding]\ndimension = 3", "embedding.dimensions"),
        ("[search]\ndata = 'x'", "data"),
    ],
)
def test_a_key_in_the_wrong_section_is_led_home(tmp_path: Path, key: str, near: str) -> None:
    (problem,) = problems(tmp_path, key)
    assert problem.endswith(f"unknown, nearest is {near}")


@pytest.mark.parametrize(
    "text",
    [
        "[embedding]\nkey = 'hunter2'",
        "[embedding]\napi_key = 'hunter2'",
        "token = 'hunter2'",
        "[adapters.x]\npassword = 'hunter2'",
        "[[adapters]]\ntoken = 'hunter2'",
        "[embedding]\nbase_url = 'https://ana:hunter2@example.org/'",
        "[embedding]\nbase_url = {key = 'hunter2'}",
        "[community]\nlanguage = 'hunter2'",
        "[community]\ntimezone = 'hunter2'",
    ],
)
def test_a_secret_is_refused_and_never_repeated(tmp_path: Path, text: str) -> None:
    assert "hunter2" not in "".join(problems(tmp_path, text))


def test_a_secret_in_the_file_names_the_variable(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "[embedding]\nkey = 'x'")
    assert problem.startswith("learncomm.toml:2: embedding.key: secret, ")
    assert "LEARNCOMM_EMBEDDING_KEY" in problem


def test_a_secret_comes_from_the_environment_and_does_not_print(tmp_path: Path) -> None:
    settings = Settings.load(None, {"LEARNCOMM_EMBEDDING_KEY": " hunter2 "})
    assert settings.embedding.key is not None
    assert settings.embedding.key.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{settings!r}{settings}{settings.model_dump_json()}"


def test_a_variable_that_is_almost_ours_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="LEARNCOMM_EMBEDING_KEY: unknown, nearest is LEARN"):
        Settings.load(None, {"LEARNCOMM_EMBEDING_KEY": "x"})
    assert Settings.load(None, {"LEARNCOMM_OTHER_TOKEN": "x"})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[log", "learncomm.toml:1: syntax, Expected"),
        ("a = 1\nb = \n", "learncomm.toml:2: syntax, column 5, "),
        ("a = 1\na = 2", "learncomm.toml:2: syntax, "),
        (b"\xff", "learncomm.toml: unreadable, no UTF-8 at byte 0"),
        ("a = " + "[" * 20_000, "learncomm.toml: syntax, "),
        (b"a = 1\x00", "learncomm.toml:1: syntax, "),
    ],
)
def test_a_broken_file_is_one_problem_with_its_place(
    tmp_path: Path, text: str | bytes, problem: str
) -> None:
    (line,) = problems(tmp_path, text)
    assert line.startswith(problem)


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no\.toml: unreadable, no such file"):
        Settings.load(tmp_path / "no.toml", {})
    with pytest.raises(SettingsError, match="unreadable, is a directory"):
        Settings.load(tmp_path, {})


@pytest.mark.parametrize(
    "text",
    [
        "[search]\nlimit = 0",
        "[search]\nlimit = 51",
        "[search]\nlimit = true",
        "[search]\nlimit = '5'",
        "[search]\ndense_weight = 1.1",
        "[search]\ndense_weight = nan",
        "[library]\nmax_file_bytes = -1",
        "[community]\nname = ''",
        "[community]\nslug = '../x'",
        "[community]\nleaders = 'terminal:ana'",
        "[community]\ntimezone = '../../etc/passwd'",
        "[community]\ntimezone = ''",
        "[adapters]\nuse = 3",
        "search = 3",
        "data = 3",
    ],
)
def test_a_value_out_of_bounds_is_one_problem(tmp_path: Path, text: str) -> None:
    assert len(problems(tmp_path, text)) == 1


def test_hosted_embedding_needs_address_and_model(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "\n[embedding]\nkind = 'hosted'\nmodel = 'm'")
    assert problem == "learncomm.toml:2: embedding: invalid, hosted needs base_url"


def test_the_nearest_data_folder_wins(tmp_path: Path) -> None:
    path = write(tmp_path, "data = 'store'")
    environ = {"LEARNCOMM_DATA": str(tmp_path / "env")}
    assert Settings.load(path, {}).data == tmp_path / "store"
    assert Settings.load(path, environ).data == tmp_path / "env"
    assert Settings.load(path, environ, tmp_path / "option").data == tmp_path / "option"


def test_the_file_in_the_data_folder_is_found_by_itself(tmp_path: Path) -> None:
    write(tmp_path, "[search]\nlimit = 7")
    assert Settings.load(None, {}, tmp_path).search.limit == 7
    assert Settings.load(None, {"LEARNCOMM_DATA": str(tmp_path)}).search.limit == 7
    assert Settings.load(None, {}, tmp_path / "other").search.limit == 5


def test_a_home_in_a_path_is_written_out(tmp_path: Path, empty_home: Path) -> None:
    path = write(tmp_path, "data = '~/kept'\n[embedding]\npath = 'models'")
    settings = Settings.load(path, {})
    assert settings.data == empty_home / "kept"
    assert settings.embedding.path == tmp_path / "models"


def keys(model: type[BaseModel], prefix: str = "") -> set[str]:
    found = set()
    for name, info in model.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= keys(inner, f"{prefix}{name}.")
        else:
            found.add(prefix + name)
    return found


def uncommented() -> str:
    """Return the template with every `#:` taken away."""
    lines = TEMPLATE.read_text().splitlines()
    return "\n".join(line.removeprefix("#:").strip() for line in lines)


def test_the_template_as_it_stands_sets_nothing() -> None:
    assert tomllib.loads(TEMPLATE.read_text()) == {}


def test_the_template_uncommented_equals_the_defaults(tmp_path: Path) -> None:
    assert Settings.load(write(tmp_path, uncommented()), {}) == Settings()


def test_the_template_documents_every_setting() -> None:
    text, section = TEMPLATE.read_text(), ""
    found = set()
    for line in text.splitlines():
        line = line.removeprefix("#:").removeprefix("#").strip()
        if line.startswith("["):
            section = line.strip("[]") + "."
        elif section.startswith("adapters."):
            found.add("adapters")  # what stands in it is the adapter's to say
        elif " = " in line:
            found.add(section + line.split(" = ")[0])
    assert found == keys(Settings) - SECRETS.keys()
    assert all(variable in text for variable in SECRETS.values())
