"""How a question comes into a queue: who may ask, how many, and what is kept of whoever asks. Pure.

Of an anonymous one nobody is kept, no message and no time of its own. How many came from one person, and
which they have asked already, is counted under keys that tell neither whose nor which they are.
"""

from dataclasses import replace
from hashlib import blake2b

from learncomm_agent.sessions.events import Entered
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.line import Line
from learncomm_agent.sessions.stages.parameters import flag, number
from learncomm_agent.sessions.state import Entry

MOST = 50
"""Questions in all, where a playbook says nothing else."""
EACH = 5
"""Those of one member."""
_CHARS = 1000


def refusal(scene: Scene, line: Line, text: str, by: int | None, event: Entered) -> str | None:
    """Return the phrase that says why a question is not taken; None where it is."""
    if not any(each.isalnum() for each in text):
        return "session.queue.empty"
    if len(text) > _CHARS:
        return "session.queue.long"
    if by is None and not flag(scene, "anonymous", False):
        return "session.queue.by_name"
    asked = [each for each in line.all() if not each.is_struck]
    mine = sum(by is not None and each.by == by for each in asked)
    if by is None and event.token:
        mine = scene.data.get("tokens", {}).get(_key(scene, event.token), 0)
    if mine >= number(scene, "limit", EACH) and by != scene.session.lead:
        return "session.queue.enough"
    return "session.queue.full" if len(asked) >= number(scene, "most", MOST) else None


def put(scene: Scene, text: str, by: int | None, event: Entered) -> Entry:
    """Put a question in."""
    if by is not None:
        return scene.put("question", text, by=by, message=event.message)
    entry = scene.put("question", text)
    standing = scene.session.standing
    if standing is not None and standing.entered_at is not None:
        entry = replace(entry, at=standing.entered_at)
        scene.change(entry)
    return entry


def has_asked(scene: Scene, entry: Entry, by: int | None, token: str) -> bool:
    """Whether whoever asks has asked that very thing before."""
    if by is not None:
        return entry.by == by
    return bool(token) and _key(scene, token, entry.id) in scene.data.get("asked", [])


def count(scene: Scene, entry: Entry, token: str) -> None:
    """Count a question of somebody who stays unknown."""
    if not token:
        return
    tokens, key = dict(scene.data.get("tokens", {})), _key(scene, token)
    scene.data["tokens"] = {**tokens, key: tokens.get(key, 0) + 1}
    scene.data["asked"] = [*scene.data.get("asked", []), _key(scene, token, entry.id)]


def _key(scene: Scene, token: str, entry: int = 0) -> str:
    about = f"{scene.session.visit}.{entry}.{token}"
    return blake2b(about.encode(), digest_size=8).hexdigest()
