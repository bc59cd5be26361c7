"""A line that begins as a command whose answers are for one alone, and goes on as that can't: no question for all."""

from difflib import get_close_matches

from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Who
from learncomm_agent.commands.parsing import NAME_CHARS, Labels, folded
from learncomm_agent.commands.why import WHY
from learncomm_agent.errors import UsageError


def check_alone(context: Context, said: str, declared: str, labels: Labels) -> None:
    """Refuse to look up before all what is meant for such a command, as `me delete my things`.

    Args:
        context: Who said it.
        said: A line that no command could take.
        declared: The same, with the names that are declared.
        labels: Other words for choices, by their folded form.

    Raises:
        UsageError: It is; says what may be meant, and how it is asked as a question.
    """
    command = context.services.catalogue.find(declared.partition(" ")[0])
    if command is None or not command.always_private or not _is_meant(command, said, labels):
        return
    if command.who is Who.EVERYONE or context.member.is_leader:
        near = _nearest(command, declared.split()[1], labels)
        raise UsageError(
            "not understood", phrase="help.not_understood", command=command.name, near=near
        )


def _is_meant(command: Command, said: str, labels: Labels) -> bool:
    """Whether a line is for a command, and no question or sentence that happens to begin with its name.

    By its name in another language many a sentence begins, as by `ich`: there, only what the command knows
    or a single word is for it.
    """
    if said.endswith("?") or command is WHY:  # `why` begins a question, with its sign or without
        return False
    name, *words = said.split()
    is_known = any("=" in each or folded(each.strip(".,!")) in labels for each in words)
    return is_known or len(words) == 1 or name.casefold() in (command.name, *command.aliases)


def _nearest(command: Command, word: str, labels: Labels) -> str:
    """Return what a word was perhaps to be, as it is typed behind the command's name; empty where nothing."""
    known: dict[str, str] = {}
    for option in command.options:
        called = {said: what for said, what in labels.items() if what in option.choices}
        choices = {what: what.replace("_", " ") for what in (*called.values(), *option.choices)}
        known |= {option.name: f"{option.name}=", **choices}
        known |= {said: choices[what] for said, what in called.items()}
    name, sign, _ = word.casefold()[:NAME_CHARS].partition("=")
    near = get_close_matches(name, known, n=1)
    return known[near[0]] if near and not (sign and near[0] == name) else ""
