"""What people bring by writing in the room, where a stage listens there. Pure."""

from learncomm_agent.library.sharing.links import links_in
from learncomm_agent.sessions.events import Said
from learncomm_agent.sessions.scene import Scene
from learncomm_agent.sessions.stages.collecting import listing
from learncomm_agent.sessions.stages.collecting.entering import (
    is_anonymous,
    is_from_lead,
    prompts,
    what_of,
)
from learncomm_agent.sessions.stages.parameters import flag


def is_brought(scene: Scene, event: Said) -> bool:
    """Whether a message brings what is collected: a link, a question, or what answers the stage's post."""
    is_heard = flag(scene, "hears", False) and not is_anonymous(scene) and not prompts(scene)
    if not is_heard or is_from_lead(scene) or event.group is not None or listing.is_on(scene):
        return False
    standing = scene.session.standing
    if standing is not None and standing.entered_at is not None and event.at < standing.entered_at:
        return False  # it was missed then, and read only now
    match what_of(scene):
        case "link":
            return bool(links_in(event.text).addresses)
        case "question":
            return bool(event.remark.get("is_question"))
    return event.post is not None and event.post == scene.data.get("post")
