"""The command of the command line that plays a playbook through with simulated members."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from learncomm_agent.cli_options import Data, Json, SettingsFile, console_of
from learncomm_agent.errors import UsageError

if TYPE_CHECKING:
    from learncomm_agent.console import Console
    from learncomm_agent.rehearsing.rehearsals import Wish

rehearsing = typer.Typer()


@rehearsing.command(help="cli.rehearse.help")
def rehearse(
    context: typer.Context,
    playbook: Annotated[str, typer.Argument(help="cli.rehearse.playbook", metavar="PLAYBOOK")],
    cast: Annotated[int, typer.Option("--cast", min=1, max=100, help="cli.rehearse.cast")] = 7,
    seed: Annotated[int, typer.Option("--seed", min=0, help="cli.rehearse.seed")] = 1,
    is_silent: Annotated[bool, typer.Option("--silent", help="cli.rehearse.silent")] = False,
    has_faults: Annotated[bool, typer.Option("--faults", help="cli.rehearse.faults")] = False,
    answers: Annotated[
        list[str] | None,
        typer.Option("--answers", help="cli.rehearse.answers", metavar="NAME=VALUE"),
    ] = None,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Play a playbook through, and print what people would read."""
    from learncomm_agent.rehearsing.rehearsals import Wish
    from learncomm_agent.rehearsing.troubles import NONE, USUAL

    console = console_of(context, data, settings)
    chosen = console.settings.community
    wish = Wish(
        cast,
        seed,
        is_silent,
        USUAL if has_faults else NONE,
        _answers(answers or ()),
        chosen.language,
        chosen.timezone,
    )
    raise typer.Exit(_play(console, playbook, wish, as_json=as_json))


def _play(console: "Console", name: str, wish: "Wish", *, as_json: bool) -> int:
    """Print the rehearsal; return 1 where it never came to an end."""
    from learncomm_agent.rehearsing.rehearsals import Rehearsing
    from learncomm_agent.rehearsing.transcript import Transcript, record
    from learncomm_agent.sessions.kinds import stage_kinds
    from learncomm_agent.sessions.methods.meetings import zone_of
    from learncomm_agent.sessions.playbooks.shelf import Playbooks
    from learncomm_agent.writing.voice import Voice

    kinds, slug = stage_kinds(), console.settings.community.slug
    playbook = Playbooks(console.words, kinds).get(slug, name, wish.language)
    words = console.words.for_community(slug)
    played = Rehearsing(words, kinds).play(playbook, wish)
    transcript = Transcript(Voice(words, wish.language, zone_of(wish.zone)), played.cast)
    facts = {"title": played.plan.title, **transcript.facts(played)}
    if as_json:
        cast = [{"name": each.name, "role": each.role.value} for each in played.cast]
        entries = [record(each) for each in transcript.entries(played)]
        console.json({"playbook": playbook.name, "cast": cast, **facts, "transcript": entries})
    else:
        print(transcript.cast())
        print("\n".join(transcript.lines(played)))
        key = "rehearse.stuck" if played.is_stuck else "rehearse.over"
        print(f"\n{words.phrase(key, language=wish.language, **facts)}")
    return 1 if played.is_stuck else 0


def _answers(said: Sequence[str]) -> dict[str, str]:
    """Read answers as `name=value`.

    Raises:
        UsageError: One has no name.
    """
    found = {}
    for each in said:
        name, sign, value = each.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"no answer {each!r}", phrase="rehearse.no_answer", said=each[:60])
        found[name.strip()] = value
    return found
