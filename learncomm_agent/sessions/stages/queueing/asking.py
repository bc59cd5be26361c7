"""How a question comes into a queue: who may ask, how many, and what is kept of whoever asks. Pure.

Of an anonymous one nobody is kept, no message and no time of its own. How many came from one person comes
with the event. As nobody knows which are whose, they can't be kept from asking, or backing, their own again.
"""

from random import Random

from learncomm_agent.sessions.events import Entered
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages import hiding
from learncomm_agent.sessions.stages.parameters import flag, number
from learncomm_agent.sessions.stages.queueing.line import Line, turn
from learncomm_agent.sessions.state import Entry

MOST, MOST_BOUND = 50, 100
"""Questions in all: where a playbook says nothing else, and whatever it says."""
EACH = 5
"""Those of one member."""
CHARS = 1000


def refusal(scene: Scene, line: Line, text: str, by: int | None, event: Entered) -> str | None:
    """Return the phrase that says why a question is not taken; None where it is."""
    if not any(each.isalnum() for each in text):
        return "session.queue.empty"
    if len(text) > CHARS:
        return "session.queue.long"
    if by is None and not flag(scene, "anonymous", False):
        return "session.queue.by_name"
    asked = standing(line)
    mine = event.count if by is None else sum(each.by == by for each in asked)
    if mine >= number(scene, "limit", EACH) and by != scene.session.lead:
        return "session.queue.enough"
    return "session.queue.full" if len(asked) >= most_of(scene) else None


def standing(line: Line) -> list[Entry]:
    """Return what was asked and not struck."""
    return [each for each in line.all() if not each.is_struck]


def most_of(scene: Scene) -> int:
    """Return how many questions a queue holds at most."""
    return min(number(scene, "most", MOST), MOST_BOUND)


def put(scene: Scene, text: str, by: int | None, event: Entered) -> Entry:
    """Put a question in."""
    if by is not None:
        return scene.put("question", text, by=by, message=event.message)
    return scene.put("question", text)


def hide(scene: Scene, line: Line, entry: Entry, event: Entered, like: Entry | None) -> Entry:
    """Hide an anonymous question among those that nobody has seen yet; return it under its number.

    Those that were shown keep their numbers, as in what order these came all could see.
    """
    seen = {entry.id, scene.data.get("up"), *scene.data.get("seen", [])}
    if like is not None:
        seen.add(like.id)
    mine = (each for each in line.all() if each.by is None and each.id not in seen)
    visit = scene.session.visit
    others = [
        each
        for each in mine
        if each.fields.get("visit") == visit and not each.backers and turn(each) is turn(entry)
    ]
    return hiding.hidden(scene, entry, others, Random(event.lot))
