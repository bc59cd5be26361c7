"""Adapters are made from the settings; a mistake there is one sentence."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from learncomm_agent import platforms
from learncomm_agent.clock import SystemClock
from learncomm_agent.errors import PluginError, SettingsError, UsageError
from learncomm_agent.settings import Settings
from learncomm_discord.options import Options


def test_a_token_in_the_environment_is_enough(tmp_path: Path) -> None:
    settings = Settings.load(None, {"LEARNCOMM_DISCORD_TOKEN": " 't0p' "}, tmp_path)
    assert platforms.names(settings) == ("discord",)
    assert settings.adapters["discord"]["token"] == SecretStr("t0p")
    assert "t0p" not in repr(settings) + settings.model_dump_json()


def test_without_a_chat_there_is_nothing_to_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        platforms.names(Settings(data=tmp_path))


def test_an_adapter_gets_its_own_options_and_nothing_is_made_yet(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, adapters={"discord": {"leader_role": "hosts"}})
    platform = platforms.make(settings, "discord", SystemClock())
    assert platform.name == "discord"
    assert not (tmp_path / "discord").exists()


def test_every_mistake_in_a_section_is_told_at_once(tmp_path: Path) -> None:
    section = {"leader_rol": "hosts", "members_intent": "perhaps"}
    settings = Settings(data=tmp_path, adapters={"discord": section})
    with pytest.raises(SettingsError) as caught:
        platforms.make(settings, "discord", SystemClock())
    unknown, invalid = sorted(caught.value.problems)
    assert "adapters.discord.leader_rol: unknown, nearest is " in unknown
    assert "adapters.discord.members_intent: invalid" in invalid


def test_a_chat_that_nobody_installed_is_named(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, adapters={"discrod": {}})
    with pytest.raises(PluginError) as caught:
        platforms.make(settings, "discrod", SystemClock())
    assert "discord" in str(caught.value.advice.values["known"])


def test_a_token_and_ids_are_taken_as_people_write_them() -> None:
    options = Options.model_validate(
        {"token": SecretStr("Bot abc"), "guilds": [123456789012345678]}
    )
    assert options.token == SecretStr("abc")
    assert options.guilds == ("123456789012345678",)
