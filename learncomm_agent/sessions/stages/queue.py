"""`queue`: members put questions to a speaker; alike ones stand once, the most wished for comes next."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from learncomm_agent.sessions.events import Backed, Entered, Event, Forgotten, Ruled, Said
from learncomm_agent.sessions.methods.merging import alike
from learncomm_agent.sessions.scene import ROOM, Scene, standing_entries
from learncomm_agent.sessions.stages.collecting import listing
from learncomm_agent.sessions.stages.kind import Kind, Param, ParamKind
from learncomm_agent.sessions.stages.parameters import begin_anew, flag
from learncomm_agent.sessions.stages.queueing import asking
from learncomm_agent.sessions.stages.queueing import posts as queue_posts
from learncomm_agent.sessions.stages.queueing.line import HIDDEN, Line, Turn, turn
from learncomm_agent.sessions.stages.queueing.rules import rule
from learncomm_agent.sessions.state import Entry
from learncomm_agent.sessions.walking import seconds
from learncomm_agent.writing.language.cues import Cues, read_cues

_BATCH = timedelta(minutes=2)
"""Questions that wait for the leader are told together, so long after the first of them."""
_RENEWED = 20 * 60
"""Seconds after which a list that has changed is shown again, where a playbook says nothing else."""
_REST = timedelta(minutes=3)
"""So long after anybody's last word an answer is over ..."""
_LONGEST = timedelta(minutes=10)
"""... and so long after its beginning at the latest, where others go on talking."""
_SOON = timedelta(minutes=1)
_ANSWER = 5
"""A speaker's message of fewer words, which answers none in particular, is no answer."""


class Queue(Kind):
    """Keeps the line of questions; it holds no state, and only words by which alike ones are told."""

    name = "queue"
    params = (
        Param("speaker", ParamKind.ANY),
        Param("from", ParamKind.STAGE),
        Param("moderated", ParamKind.FLAG, False),
        Param("anonymous", ParamKind.FLAG, False),
        Param("most", ParamKind.NUMBER, asking.MOST),
        Param("limit", ParamKind.NUMBER, asking.EACH),
        Param("every", ParamKind.DURATION),
    )
    sayings: ClassVar = {
        "say": "session.queue.say",
        "asked": "session.queue.asked",
        "answered": "session.queue.answered",
        "top": "session.queue.top",
        "leftovers": "session.queue.leftovers",
        "nobody": "session.queue.nobody",
    }
    needs_time = True

    def __init__(self, cues: Callable[[str], Cues] = lambda _: read_cues({})) -> None:
        """Take what tells questions apart in a language; without it, all words count alike.

        Args:
            cues: Gives the word lists of a language.
        """
        self._cues = cues

    def enter(self, scene: Scene) -> None:
        """Take over what was collected before, and say that questions are welcome."""
        begin_anew(scene)
        line = Line(scene)
        self._carry_over(scene, line)
        says = (queue_posts.say(scene, "say", line.following()),) if scene.says("say") else ()
        if says or line.to_come():
            queue_posts.show_list(scene, line, *says)
        _next_up(scene, line)
        _wait(scene, line)

    def hear(self, scene: Scene, event: Event) -> bool:
        """Take questions, wishes, the speaker's words and what the leader says."""
        line = Line(scene)
        match event:
            case Entered():
                self._ask(scene, line, event)
            case Backed():
                _back(scene, line, event)
            case Said():
                _listen(scene, line, event)
            case Ruled():
                if not rule(scene, line, event):
                    return False
                scene.data["is_changed"] = True
            case Forgotten():
                _forget(line, event)
                _wait(scene, line)
                return True
            case _:
                return False
        _next_up(scene, line)
        _wait(scene, line)
        return True

    def look(self, scene: Scene) -> None:
        """Tell the leader what waits, go on after an answer, show the list again."""
        line = Line(scene)
        if _is_due(scene, "batch_at"):
            queue_posts.tell_lead(scene, line)
        if (up := line.up) is not None and _is_due(scene, "rest_at"):
            line.answer(up, None)
        _next_up(scene, line)
        if _is_due(scene, "list_at"):
            queue_posts.show_list(
                scene, line, scene.say("top", **queue_posts.values(scene, line.up))
            )
        _wait(scene, line)

    def close(self, scene: Scene) -> None:
        """Say what was answered, with the places, and leave the rest for later."""
        line = Line(scene)
        if (up := line.up) is not None and "answer_message" in up.fields:
            line.answer(up, None)
        done, left = line.done(), line.shown()
        standing = scene.session.standing
        if done or (standing is not None and standing.is_active):
            queue_posts.close_words(scene, line, done, left)
        queue_posts.settle_all(scene)
        scene.leave({"answered": [each.id for each in done], "left": [each.id for each in left]})

    def _carry_over(self, scene: Scene, line: Line) -> None:
        """Take over the questions of an earlier stage, those that ask the same as one."""
        found = _carried(scene)[: asking.most_of(scene)]
        looks_first = flag(scene, "moderated", False)
        for each in found:
            fresh = {"turn": None, "moved": None, "answer_message": None}
            waits = looks_first and not each.fields.get(listing.ADMITTED)
            line.add(line.mark(each, **fresh), Turn.WAITS if waits else Turn.OPEN)
        texts = [each.text for each in found]
        for group in alike(texts, self._cues(scene.session.plan.language)):
            for place in group[1:]:
                first, other = line.one(found[group[0]].id), line.one(found[place].id)
                if first is not None and other is not None:
                    line.merge(other, first)

    def _ask(self, scene: Scene, line: Line, event: Entered) -> None:
        """Take a question, or let it back one that asks the same."""
        hidden = flag(scene, "anonymous", False)
        by = None if hidden else event.member
        text = " ".join(event.text.split())
        if (refusal := asking.refusal(scene, line, text, by, event)) is not None:
            scene.refuse(refusal)
            return
        like = self._like(scene, line, text)
        if like is not None and by is not None and like.by == by:
            scene.answer("session.queue.known", question={"entry": like.id})
            return
        waits = flag(scene, "moderated", False) and event.member != scene.session.lead
        entry = line.add(asking.put(scene, text, by, event), Turn.WAITS if waits else Turn.OPEN)
        if hidden:
            entry = asking.hide(scene, line, entry, event, like)
        scene.data["is_changed"] = True
        if like is not None:
            line.merge(entry, like)
        seen = like if like is not None and turn(like) not in HIDDEN else None
        if seen is not None:
            is_over = turn(seen) is Turn.ANSWERED
            key = "session.queue.was_answered" if is_over else "session.queue.merged"
            scene.answer(key, question={"entry": seen.id})
        else:
            is_hidden = waits or like is not None
            scene.answer("session.queue.waits" if is_hidden else "session.queue.noted")

    def _like(self, scene: Scene, line: Line, text: str) -> Entry | None:
        """Return the question that asks the same; one that the room can't see only for others of them."""
        heads = line.heads()
        groups = alike(
            [*(each.text for each in heads), text], self._cues(scene.session.plan.language)
        )
        group = next(each for each in groups if len(heads) in each)
        return heads[group[0]] if group[0] < len(heads) else None


def _carried(scene: Scene) -> tuple[Entry, ...]:
    """Return the questions that an earlier stage left, or all that were put into it."""
    name = scene.param("from")
    if not isinstance(name, str):
        return ()
    left = scene.session.results.get(name)
    is_queue = isinstance(left, dict)
    if isinstance(left, dict):
        left = left.get("left")
    # What a list was collected that its leader looks over holds only what was let through; the rest waits.
    if isinstance(left, list | tuple) and (is_queue or not flag(scene, "moderated", False)):
        return standing_entries(scene.session, [id for id in left if isinstance(id, int)])
    return scene.entries(name)


def _back(scene: Scene, line: Line, event: Backed) -> None:
    """Let a member wish for a question, or not any more."""
    entry = line.head(event.entry)
    if entry is None or turn(entry) in HIDDEN:
        scene.refuse("session.queue.no_such")
    elif turn(entry) is Turn.ANSWERED:
        scene.refuse("session.queue.was_answered", question={"entry": entry.id})
    elif entry.by == event.member:
        scene.refuse("session.queue.own")
    else:
        others = {each for each in entry.backers if each != event.member}
        backers = others | {event.member} if event.is_added else others
        line.change(replace(entry, backers=tuple(sorted(backers))))
        scene.data["is_changed"] = True
        key = "session.queue.backed" if event.is_added else "session.queue.unbacked"
        scene.answer(key, question={"entry": entry.id})


def _listen(scene: Scene, line: Line, event: Said) -> None:
    """Take a message: the speaker's answers the question that it replies to, or the one that is up."""
    scene.data["said_at"] = scene.now.isoformat()
    if event.member != scene.param("speaker") or event.group is not None:
        return
    scene.data["last_word"] = event.message
    if (told := _replied_to(line, event.reply_to)) is not None:
        if line.up is None or told.id != line.up.id:
            line.answer(told, event.message)
            return
    elif event.remark.get("words", _ANSWER) < _ANSWER:
        return
    up = line.up
    if up is not None and "answer_message" not in up.fields:
        line.mark(up, answer_message=event.message)
        scene.data["answer_at"] = scene.now.isoformat()


def _forget(line: Line, event: Forgotten) -> None:
    """Point to no message that is gone."""
    for each in line.all():
        if each.fields.get("answer_message") in event.messages:
            line.mark(each, answer_message=None)


def _replied_to(line: Line, message: int | None) -> Entry | None:
    """Return the question, still to be answered, that was written in a message."""
    if message is None:
        return None
    asked = (each for each in line.all() if each.message == message)
    heads = (line.head(each.id) for each in asked)
    return next((each for each in heads if each is not None and each in line.shown()), None)


def _next_up(scene: Scene, line: Line) -> None:
    """Put the next question to the speaker, where they have none."""
    found = line.following()
    if line.up is not None or found is None:
        return
    scene.data["up"] = found.id
    queue_posts.note_seen(scene, (found,))
    line.mark(found, moved=None)
    scene.data.pop("answer_at", None)
    if scene.says("asked"):
        scene.post(ROOM, queue_posts.say(scene, "asked", found))


def _wait(scene: Scene, line: Line) -> None:
    """Keep what falls due, and when."""
    data, now = scene.data, scene.now
    waits = {each.id for each in line.waiting()} - set(data.get("told", []))
    batch = data.get("batch_at") or (now + _BATCH).isoformat()
    data["batch_at"] = batch if waits else None
    data["list_at"] = None
    if data.get("is_changed") and line.to_come() and scene.says("top"):
        every = seconds(scene.session, scene.param("every")) or _RENEWED
        shown = datetime.fromisoformat(data["shown_at"]) if "shown_at" in data else now
        data["list_at"] = (shown + timedelta(seconds=every)).isoformat()
    data["rest_at"] = None
    if line.up is not None and "answer_at" in data:
        began = datetime.fromisoformat(data["answer_at"])
        said = datetime.fromisoformat(data.get("said_at") or data["answer_at"])
        data["rest_at"] = min(said + _REST, began + _LONGEST).isoformat()
    data["next_at"] = None
    if line.up is None and line.following() is not None:
        data["next_at"] = (now + _SOON).isoformat()  # the one that was up is gone
    due: Iterable[Any] = (data[name] for name in ("batch_at", "list_at", "rest_at", "next_at"))
    moments = [datetime.fromisoformat(each) for each in due if each]
    at, standing = min(moments, default=None), scene.session.standing
    pending = None if standing is None else standing.look_at
    if at is None or pending is None or not now < pending <= at:  # looking too early does no harm
        scene.look(at=at)


def _is_due(scene: Scene, name: str) -> bool:
    at = scene.data.get(name)
    return at is not None and datetime.fromisoformat(at) <= scene.now
