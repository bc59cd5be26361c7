"""What the values of a form name on a fake platform: rooms, people, and the authors of messages."""

from dataclasses import replace

from learncomm_agent.chat.events import FormSent
from learncomm_agent.testing.network import FakeNetwork


def with_subjects(network: FakeNetwork, sent: FormSent) -> FormSent:
    """Return a form with all that a platform tells of what its values name."""
    named = {line for value in sent.values.values() for line in value.splitlines()}
    authors = {
        post.message.author
        for ref, post in network.posts.items()
        if ref.room == sent.room.ref and ref.id in named and not network.is_gone(ref)
    }
    return replace(
        sent,
        rooms=tuple(room for ref, room in network.rooms.items() if ref.id in named),
        people=tuple(
            known
            for ref, known in network.accounts.items()
            if not known.is_bot and (ref.id in named or ref in authors)
        ),
    )
