"""A short interview in private: one prompt after another, to each person who starts it.

Nothing is kept of where somebody stands: the next prompt is the first that has no answer of theirs.
"""

from collections.abc import Sequence
from dataclasses import replace

from learncomm_agent.sessions.effects import Answer, Control, Part, Saying
from learncomm_agent.sessions.events import Entered
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.collecting.entering import (
    given_by,
    is_anonymous,
    most_of,
    prompts,
    put,
    text_of,
    thank,
)
from learncomm_agent.sessions.stages.parameters import texts
from learncomm_agent.sessions.state import Entry

PROMPT = "prompt"
"""The field of an entry that says which prompt it answers, counted from 0."""
ANSWER = Control("enter", "session.collect.button_answer", opens_form=True)


def next_for(scene: Scene, event: Entered) -> int | None:
    """Return the place of the prompt that whoever enters something answers next; None after the last."""
    asked, given = len(prompts(scene)), given_by(scene, event)
    if is_anonymous(scene):
        return given if given < asked else None
    answered = {each.fields.get(PROMPT) for each in _answers(scene, event.member)}
    return next((n for n in range(asked) if n not in answered), None)


def saying(scene: Scene, place: int) -> Saying:
    """Return a prompt as it is said; what a leader wrote is never read as a template."""
    text = prompts(scene)[place]
    values = scene.values(text)
    if isinstance(scene.stage.params["prompts"], str):
        return Saying(text="{{ prompt }}", values={**values, "prompt": text})
    return Saying(text=text, values=values)


def answered(scene: Scene, event: Entered) -> None:
    """Take the answer to the prompt whose turn it is, and ask the next one; without words, ask it."""
    place = next_for(scene, event)
    if place is None:
        scene.refuse("session.collect.all_said")
    elif not given_by(scene, event) and _people(scene) >= most_of(scene):
        scene.refuse("session.collect.full")
    elif not event.text.strip():
        _ask(scene, place)
    elif (text := text_of(scene, event)) is not None:
        put(scene, event, text, **{PROMPT: place})
        following = next_for(scene, replace(event, count=event.count + 1))
        if following is None:
            thank(scene)
        else:
            _ask(scene, following)


def in_turn(entries: tuple[Entry, ...]) -> list[Entry]:
    """Return answers person by person, in the order in which they began, each by its prompt."""
    first: dict[int | None, int] = {}
    for each in entries:
        first.setdefault(each.by, each.id)
    return sorted(entries, key=lambda each: (first[each.by], each.fields.get(PROMPT, 0), each.id))


def parts(scene: Scene, entries: Sequence[Entry]) -> tuple[Part, ...]:
    """Return answers below the prompts that they answer, each under a heading where a playbook has one."""
    headings, found = texts(scene, "headings"), []
    for place in range(len(prompts(scene))):
        ids = tuple(each.id for each in entries if each.fields.get(PROMPT, 0) == place)
        if ids:
            is_short = place < len(headings)
            found.append(
                Part(Saying(text=headings[place]) if is_short else saying(scene, place), ids)
            )
    return tuple(found)


def _ask(scene: Scene, place: int) -> None:
    control = replace(ANSWER, arg=str(scene.session.visit))
    scene.do(Answer(saying(scene, place), controls=(control,)))


def _answers(scene: Scene, member: int | None) -> list[Entry]:
    """Return all that a member answered in this visit, struck or not: it is not asked again."""
    name, visit = scene.stage.name, scene.session.visit
    return [
        each
        for each in scene.session.entries.values()
        if each.stage == name and each.by == member and each.fields.get("visit") == visit
    ]


def _people(scene: Scene) -> int:
    """Return how many people have begun to answer."""
    if is_anonymous(scene):
        return sum(each.fields.get(PROMPT) == 0 for each in scene.entries())
    return len({each.by for each in scene.entries()})
