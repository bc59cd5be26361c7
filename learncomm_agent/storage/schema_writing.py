"""The tables of drafts, of votes on questions, of segments that were read, and of speakers."""

import sqlalchemy as sa

from learncomm_agent.storage.columns import key
from learncomm_agent.storage.schema import Moment, metadata

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("writing_id", sa.ForeignKey("writings.id", ondelete="CASCADE"), primary_key=True),
    key("communities", "community_id"),
    sa.Column("state", sa.Text, nullable=False),
    key("rooms", "desk_id", "SET NULL", null=True),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("reminded_at", Moment),
    sa.Column("decided_at", Moment),
    key("members", "decided_by", "SET NULL", null=True),
    sa.Index("drafts_open", "community_id", sqlite_where=sa.text("state = 'open'")),
)
"""A writing that is published only once a leader has approved of it: `open`, `published`, `voted` or `dropped`.

The room of the writing is where it is to be published. It is looked over in the room `desk_id`, or, where
NULL, in the direct talk with the member of the writing.
"""

edits = sa.Table(
    "edits",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    key("items", "item_id"),
    sa.Column("text", sa.Text),
    sa.Column("place", sa.Integer),
    sa.Column("is_struck", sa.Boolean(create_constraint=False), nullable=False),
    key("members", "member_id", "SET NULL", null=True),
    sa.Column("edited_at", Moment, nullable=False),
    sa.Index("edits_of_item", "item_id"),
    sqlite_autoincrement=True,
)
"""What a leader made of a line, beside the line itself; the newest one of a line holds.

`text` takes the place of the line's own, `place` puts it elsewhere (NULL: as it was).
"""

readings = sa.Table(
    "readings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    key("communities", "community_id"),
    key("rooms", "room_id"),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("first", sa.Integer, nullable=False),
    sa.Column("last", sa.Integer, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("read_at", Moment, nullable=False),
    sa.Index("readings_of_room", "room_id", "first"),
    sqlite_autoincrement=True,
)
"""What a language model made of a segment of a room, so that it is not read again as long as it stays so.

The key says by a hash which messages in which revisions were read, with which prompt, by which model.
`first` and `last` are the lowest and highest row of `messages` that it rests on: when one between them
changes or goes, it goes.
"""

ballots = sa.Table(
    "ballots",
    metadata,
    sa.Column("writing_id", sa.ForeignKey("writings.id", ondelete="CASCADE"), primary_key=True),
    key("communities", "community_id"),
    key("rooms", "room_id"),
    sa.Column("most", sa.Integer, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("closes_at", Moment),
    sa.Column("closed_at", Moment),
    sa.Index("ballots_open", "room_id", sqlite_where=sa.text("closed_at IS NULL")),
)
"""A vote of a room on the questions of a writing, each member for `most` of them."""

proposals = sa.Table(
    "proposals",
    metadata,
    sa.Column("item_id", sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    key("members", "member_id"),
    sa.Column("proposed_at", Moment, nullable=False),
    sa.Index("proposals_of_member", "member_id"),
)
"""Questions that members added to a vote; who did is told only once it is closed."""

votes = sa.Table(
    "votes",
    metadata,
    sa.Column("item_id", sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("member_id", sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("voted_at", Moment, nullable=False),
    sa.Index("votes_of_member", "member_id"),
)

speakers = sa.Table(
    "speakers",
    metadata,
    sa.Column("resource_id", sa.ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    key("members", "member_id", null=True),
    sa.Index("speakers_of_member", "member_id"),
)
"""Which member a speaker of a recording is, as a leader said; NULL is somebody who is none."""
