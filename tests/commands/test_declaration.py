import re

import pytest

from learncomm_agent.commands import builtin
from learncomm_agent.commands.declaration import Catalogue, Command, OptionKind, Reply, Who
from learncomm_agent.words import Words

COMMANDS = builtin.catalogue().commands
LANGUAGES = ("en", "de")


async def nothing(context: object, values: object) -> Reply:
    return Reply(())


def test_two_commands_can_t_share_a_name() -> None:
    with pytest.raises(ValueError, match="shelf"):
        Catalogue((Command("shelf", nothing), Command("rack", nothing, aliases=("shelf",))))


def test_names_and_options_can_be_typed_on_every_platform() -> None:
    for command in COMMANDS:
        for name in (command.name, *command.aliases, *(each.name for each in command.options)):
            assert re.fullmatch(r"[a-z]{2,20}", name), name
        names = [option.name for option in command.options]
        assert len(names) == len(set(names)) <= 25


def test_at_most_one_option_takes_the_rest_and_a_choice_has_choices() -> None:
    for command in COMMANDS:
        assert sum(option.takes_rest for option in command.options) <= 1
        for option in command.options:
            assert bool(option.choices) == (option.kind is OptionKind.CHOICE)
            assert option.takes_rest or not option.is_required


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_command_and_option_has_its_sentence(words: Words, language: str) -> None:
    for command in COMMANDS:
        keys = ["help", *(option.name for option in command.options)]
        for key in keys:
            sentence = words.phrase(f"command.{command.name}.{key}", language=language)
            assert 10 <= len(sentence) <= 100, sentence
            assert sentence.endswith(".")


def test_who_may_call_what_and_who_sees_the_answer() -> None:
    assert {
        command.name: (command.who, command.is_private, command.always_private)
        for command in COMMANDS
    } == {
        "search": (Who.EVERYONE, True, False),
        "ask": (Who.EVERYONE, True, False),
        "share": (Who.EVERYONE, False, False),
        "open": (Who.EVERYONE, True, False),
        "resources": (Who.EVERYONE, True, False),
        "about": (Who.EVERYONE, True, False),
        "questions": (Who.EVERYONE, False, False),
        "summary": (Who.LEADERS, False, True),
        "minutes": (Who.LEADERS, False, True),
        "session": (Who.EVERYONE, False, True),
        "playbooks": (Who.EVERYONE, True, False),
        "catchup": (Who.EVERYONE, False, True),
        "missed": (Who.EVERYONE, False, True),
        "digest": (Who.EVERYONE, True, False),
        "publish": (Who.LEADERS, False, True),
        "draft": (Who.LEADERS, True, False),
        "actions": (Who.EVERYONE, True, False),
        "decisions": (Who.EVERYONE, True, False),
        "read": (Who.LEADERS, False, False),
        "links": (Who.LEADERS, False, False),
        "feeds": (Who.LEADERS, False, False),
        "feedback": (Who.EVERYONE, False, True),
        "pulse": (Who.LEADERS, True, False),
        "vote": (Who.EVERYONE, True, False),
        "keep": (Who.LEADERS, False, False),
        "letter": (Who.LEADERS, False, True),
        "setup": (Who.LEADERS, False, True),
        "thank": (Who.EVERYONE, False, False),
        "goals": (Who.EVERYONE, True, False),
        "forget": (Who.EVERYONE, False, True),
        "me": (Who.EVERYONE, False, True),
        "optout": (Who.EVERYONE, False, True),
        "retention": (Who.LEADERS, False, True),
        "audit": (Who.LEADERS, False, True),
        "reminders": (Who.EVERYONE, False, True),
        "profile": (Who.EVERYONE, False, True),
        "link": (Who.EVERYONE, False, True),
        "why": (Who.EVERYONE, False, True),
        "help": (Who.EVERYONE, False, True),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_offered_on_a_message_has_a_name_that_fits_a_menu(
    words: Words, language: str
) -> None:
    offered = [command for command in COMMANDS if command.on_message is not None]
    assert {command.name for command in offered} == {"actions", "share", "summary", "thank", "why"}
    for command in offered:
        assert command.on_message in {option.name for option in command.options}
        name = words.phrase(f"command.{command.name}.on_message", language=language)
        assert 1 <= len(name) <= 32 and name[0].isupper()


def test_who_opens_a_form_makes_one() -> None:
    assert [each.name for each in COMMANDS if each.opens_form] == ["feedback", "setup"]
    assert all(each.form is not None for each in COMMANDS if each.opens_form)
