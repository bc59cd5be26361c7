"""How one entry comes into a list: who may, how many, which text; and how it is taken back.

An anonymous entry has no name, no message, no time and no place of its own. How many came from one person
comes with the event; nothing of that is kept here.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from learncomm_agent.library.sharing.links import links_in
from learncomm_agent.sessions.effects import Answer, Saying
from learncomm_agent.sessions.events import Entered
from learncomm_agent.sessions.inheriting import without
from learncomm_agent.sessions.methods.contents import parse_contents
from learncomm_agent.sessions.methods.numbers import number_of
from learncomm_agent.sessions.playbook import walk
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages import hiding
from learncomm_agent.sessions.stages.collecting.figures import Scale, fewest
from learncomm_agent.sessions.stages.collecting.sameness import same_as
from learncomm_agent.sessions.stages.parameters import drop, flag, number, texts
from learncomm_agent.sessions.state import Entry

LIMIT, MOST = 3, 25
TAKE_BACK = "take_back"
"""The field of what is entered that names an entry, by its number, to be taken back by who gave it."""
FIGURE, NOMINATION = "figure", "nomination"
_MOST_FIGURES, _MOST_BOUND = 1000, 100
"""So many figures at most, and so many other entries, whatever a playbook says: all of it is state."""
_LINES = frozenset({"story", "note", "answer", "statement"})
"""What may have several lines."""
_IN_WORDS = frozenset({"question", "story", "thanks", "idea", "note", "statement", "objection"})
_FIGURE = re.compile(r"[\d\s.,:;()+-]{1,5}")
"""A bare figure is an answer to a question before, which may have been one without names."""
_MOST_CHARS: Mapping[str, int] = {NOMINATION: 300, FIGURE: 60}
_MOST_CHARS_OTHERWISE = 2000
_OURS = frozenset({TAKE_BACK, "visit", "prompt"})


def what_of(scene: Scene) -> str:
    """Return what a stage collects."""
    return str(scene.param("what", "idea"))


def is_anonymous(scene: Scene) -> bool:
    """Whether nobody is to know who gave what; of the leader alone everyone does."""
    return flag(scene, "anonymous", False) and not is_from_lead(scene)


def is_from_lead(scene: Scene) -> bool:
    """Whether a stage asks its leader alone."""
    return bool(scene.param("from") == "lead")


def prompts(scene: Scene) -> list[str]:
    """Return what is asked in turn; empty where a stage is no interview: figures are asked at once."""
    return [] if what_of(scene) == FIGURE else texts(scene, "prompts")


def limit_of(scene: Scene) -> int:
    """Return how many entries one person may give."""
    return number(scene, "limit", 1 if what_of(scene) == FIGURE else LIMIT)


def most_of(scene: Scene) -> int:
    """Return how many entries there may be in all; in an interview, how many people."""
    usual, bound = (MOST, _MOST_BOUND) if what_of(scene) != FIGURE else (_MOST_FIGURES,) * 2
    return min(number(scene, "most", usual), bound)


def say(scene: Scene, name: str, **values: object) -> Saying:
    """Return a saying with all that its templates may ask for."""
    scale = Scale.of(scene)
    known = {
        "what": what_of(scene),
        "is_lead": is_from_lead(scene),
        "is_interview": bool(prompts(scene)),
        "is_anonymous": is_anonymous(scene),
        "limit": limit_of(scene),
        "lowest": scale.lowest,
        "highest": scale.highest,
        "at_least": fewest(scene),
        **{"count": 0, "mean": 0, "spread": 0, "apart": "", "left": 0},
    }
    return scene.say(name, **{**known, **values})


def given_by(scene: Scene, event: Entered) -> int:
    """Return how many entries whoever enters one has in the list, with those that they second."""
    if is_anonymous(scene):
        return event.count
    member = event.member
    return sum(member == each.by or member in each.backers for each in scene.entries())


def may_enter(scene: Scene, event: Entered) -> bool:
    """Whether somebody may put in anything; they are told where not."""
    if is_from_lead(scene) and event.member != scene.session.lead:
        scene.refuse("session.collect.lead_only")
        return False
    if event.member is None and not is_anonymous(scene):
        scene.refuse("session.collect.by_name")
        return False
    return True


def is_again(scene: Scene, event: Entered) -> bool:
    """Whether a message was taken already."""
    known = scene.session.entries.values()
    return event.message is not None and any(each.message == event.message for each in known)


def text_of(scene: Scene, event: Entered) -> str | None:
    """Return what is put in, tidied up; None where it can't be, of which they are told."""
    what = what_of(scene)
    text = event.text.strip() if what in _LINES else " ".join(event.text.split())
    most = _MOST_CHARS.get(what, _MOST_CHARS_OTHERWISE)
    if not text:
        scene.refuse("session.collect.empty")
    elif len(text) > most:
        scene.refuse("session.collect.long", most=most)
    elif what in _IN_WORDS and not is_from_lead(scene) and _FIGURE.fullmatch(text):
        scene.refuse("session.collect.only_figure")
    elif _is_unreadable(scene, text):
        scene.refuse("session.collect.no_pages")
    elif what == "link" and not links_in(text).addresses:
        scene.refuse("session.collect.no_link")
    else:
        return text
    return None


def _is_unreadable(scene: Scene, text: str) -> bool:
    """Whether a leader's words are no pages to make a reading plan of; only once they are asked for others."""
    stages = walk(scene.session.plan.stages)
    is_read = any(each.params.get("reads") == f"${scene.stage.name}" for each in stages)
    if not is_read or scene.data.get("is_unread") or parse_contents(text) is not None:
        return False
    scene.data["is_unread"] = True
    return True


def take(scene: Scene, event: Entered) -> None:
    """Put in an entry, or let who gives it second the one that says the same."""
    text = text_of(scene, event)
    if text is None:
        return
    entries = scene.entries()
    same = same_as(what_of(scene), text, entries) or _own(entries, event.member, text)
    if same is not None and event.member is not None and _is_of(same, event.member):
        scene.refuse("session.collect.already")
    elif given_by(scene, event) >= limit_of(scene):
        scene.refuse("session.collect.limit", limit=limit_of(scene))
    elif same is not None:
        _second(scene, event, same)
    elif len(entries) >= most_of(scene):
        scene.refuse("session.collect.full")
    else:
        left = limit_of(scene) - given_by(scene, event) - 1
        put(scene, event, text)
        thank(scene, left=max(0, left))


def put(scene: Scene, event: Entered, text: str, **fields: Any) -> Entry:
    """Put in an entry; of an anonymous one nothing tells whose it is, not even the time."""
    own = {name: each for name, each in event.fields.items() if name not in _OURS}
    fields = {**own, **fields}
    if is_anonymous(scene):
        return _put_hidden(scene, event, text, fields)
    last = max((each.place for each in scene.entries()), default=0)
    return scene.put(
        what_of(scene),
        text,
        by=event.member,
        message=event.message,
        resource=event.resource,
        fields=fields,
        place=last and last + 1,
    )


def _put_hidden(scene: Scene, event: Entered, text: str, fields: Mapping[str, Any]) -> Entry:
    others, lot = scene.entries(), Random(event.lot)
    entry = scene.put(what_of(scene), text, resource=event.resource, fields=fields)
    entry = hiding.hidden(scene, entry, others, lot)
    # The last in the list is not the last that was given.
    order = [each for each in scene.entries() if each.id != entry.id]
    order.insert(lot.randint(0, len(order)), entry)
    scene.sort(order)
    return entry


def thank(scene: Scene, *, left: int = 0) -> None:
    """Thank who gave something, in private."""
    if scene.says("thanks"):
        scene.do(Answer(say(scene, "thanks", left=left)))


def take_back(scene: Scene, event: Entered) -> None:
    """Take out what somebody gave; it goes on as that of the first who seconded it, if anybody did."""
    wanted = number_of(event.fields[TAKE_BACK])
    entry = next((each for each in scene.entries() if each.id == wanted), None)
    member = event.member
    if entry is None or member is None or not _is_of(entry, member) or is_anonymous(scene):
        scene.refuse("session.collect.not_yours", is_anonymous=is_anonymous(scene))
        return
    others = tuple(each for each in entry.backers if each != member)
    merged = [each for each in scene.session.entries.values() if each.merged_into == entry.id]
    drop(scene, (each.id for each in merged if each.by == member))
    heir = next((each for each in merged if each.by != member), None)
    if entry.by != member:
        scene.change(replace(entry, backers=others))
    elif heir is not None:  # what was put together with it has words of its own
        scene.session = without(scene.session, (entry.id,))
        heir = scene.session.entries[heir.id]
        backers = tuple(each for each in heir.backers if each != member)
        scene.change(replace(heir, backers=backers))
    elif others:
        scene.change(
            replace(entry, by=others[0], message=None, fields=_visit(entry), backers=others[1:])
        )
    else:
        drop(scene, (entry.id,))
    scene.answer("session.collect.taken_back")


def _visit(entry: Entry) -> Mapping[str, Any]:
    return {"visit": entry.fields["visit"]}


def _second(scene: Scene, event: Entered, same: Entry) -> None:
    """Let the second who names something back it; nobody is noted where nobody is to be known."""
    is_noted = event.member is not None and not is_anonymous(scene)
    if is_noted and event.member is not None:
        scene.change(replace(same, backers=(*same.backers, event.member)))
    scene.answer("session.collect.seconded", entry={"entry": same.id}, is_noted=is_noted)


def _own(entries: tuple[Entry, ...], member: int | None, text: str) -> Entry | None:
    """Return what a member has put in already in the same words."""
    mine = (each for each in entries if member is not None and each.by == member)
    return next((each for each in mine if each.text.casefold() == text.casefold()), None)


def _is_of(entry: Entry, member: int) -> bool:
    return member == entry.by or member in entry.backers
