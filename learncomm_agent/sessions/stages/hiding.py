"""What keeps an anonymous entry from being told by its number: numbers are drawn by lot. Pure.

Numbers ascend, so they would say in which order entries came, and whoever knows when somebody was there
would know which is theirs.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.state import Entry


def hidden(scene: Scene, entry: Entry, others: Sequence[Entry], lot: Random) -> Entry:
    """Hide an entry among earlier ones, and return it under the number that it got.

    With each new one, every order of them all is as likely as any other.

    Args:
        scene: Where it was put in.
        entry: As it was put in.
        others: Anonymous ones of the same visit that were shown to nobody under their numbers.
        lot: What is drawn from, made of the event's; nothing else knows that.
    """
    standing = scene.session.standing
    if standing is not None and standing.entered_at is not None:
        entry = replace(entry, at=standing.entered_at)
        scene.change(entry)
    drawn = lot.randint(0, len(others))
    return entry if drawn == len(others) else _swapped(scene, entry, others[drawn])


def _swapped(scene: Scene, entry: Entry, other: Entry) -> Entry:
    """Let two entries change their numbers; what was merged into the older one follows it."""
    scene.change(replace(other, id=entry.id))
    for each in scene.session.entries.values():
        if each.merged_into == other.id:
            scene.change(replace(each, merged_into=entry.id))
    entry = replace(entry, id=other.id)
    scene.change(entry)
    return entry
