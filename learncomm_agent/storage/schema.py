"""The tables, but for those of `schema_sources`. Rows carry their community; moments are microseconds since 1970 in UTC.

A change here comes with a migration in `migrations/versions/`; a test compares the two.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """Return a moment as it is stored; a moment without a zone is an error."""
    return (moment - EPOCH) // timedelta(microseconds=1)


class Moment(sa.TypeDecorator[datetime]):
    """An aware moment, stored as whole microseconds since 1970."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        """Turn a moment into a number."""
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:
        """Turn a number into a moment in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


metadata = sa.MetaData()


def _id() -> sa.Column[int]:
    """A row id that is never given out twice, so that what is gone can't be confused with what is new."""
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _of(table: str, *, null: bool = False) -> sa.Column[int]:
    """A reference to a row of another table, gone with it."""
    parent = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(f"{table.removesuffix('s')}_id", parent, nullable=null)


def _community() -> sa.Column[int]:
    parent = sa.ForeignKey("communities.id", ondelete="CASCADE")
    return sa.Column("community_id", parent, nullable=False)


def _table(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
    """A table whose first column is a row id that is never given out twice."""
    return sa.Table(name, metadata, _id(), *columns, sqlite_autoincrement=True)


communities = _table(
    "communities",
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("library_version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("reaction", sa.Text),
)

spaces = _table(
    "spaces",
    _community(),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("platform_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("leader_roles", sa.JSON(none_as_null=True)),
    sa.Column("left_at", Moment),
    sa.Column("desk", sa.Text),
    sa.UniqueConstraint("platform", "platform_id"),
)

members = _table(
    "members",
    _community(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("consent", sa.Text, nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("timezone", sa.Text),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("is_named", sa.Boolean(create_constraint=False), nullable=False, server_default="0"),
    sa.Column(
        "is_thanked", sa.Boolean(create_constraint=False), nullable=False, server_default="1"
    ),
)

accounts = _table(
    "accounts",
    _community(),
    _of("members"),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("platform_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("is_bot", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("is_leader", sa.Boolean(create_constraint=False), nullable=False, server_default="0"),
    sa.UniqueConstraint("community_id", "platform", "platform_id"),
    sa.Index("accounts_of_member", "member_id"),
)

rooms = _table(
    "rooms",
    _community(),
    _of("spaces"),
    sa.Column("platform_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("parent", sa.Text),
    sa.Column("is_read", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("retention_days", sa.Integer),
    sa.Column("reading", sa.Boolean(create_constraint=False)),
    sa.Column("library_version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("links", sa.Text),
    sa.UniqueConstraint("space_id", "platform_id"),
)

messages = _table(
    "messages",
    _community(),
    _of("rooms"),
    sa.Column("platform_id", sa.Text, nullable=False),
    sa.Column("account_id", sa.ForeignKey("accounts.id", ondelete="SET NULL")),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("posted_at", Moment, nullable=False),
    sa.Column("edited_at", Moment),
    sa.Column("reply_to", sa.Text),
    sa.Column("is_addressed", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("attachments", sa.JSON(none_as_null=True)),
    sa.UniqueConstraint("room_id", "platform_id"),
    sa.Index("messages_by_time", "room_id", "posted_at"),
    sa.Index("messages_by_account", "account_id", "posted_at"),
)

resources = _table(
    "resources",
    _community(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("added_at", Moment, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("author", sa.Text),
    sa.Column("published_at", Moment),
    sa.Index("resources_by_source", "community_id", "source"),
    sa.Index("resources_by_hash", "community_id", "hash"),
)

shares = _table(
    "shares",
    _community(),
    _of("resources"),
    _of("rooms", null=True),
    sa.Column("member_id", sa.ForeignKey("members.id", ondelete="SET NULL")),
    sa.Column("message_id", sa.ForeignKey("messages.id", ondelete="SET NULL")),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("shared_at", Moment, nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("is_held", sa.Boolean(create_constraint=False), nullable=False, server_default="0"),
    sa.Index("shares_of_resource", "resource_id", "room_id"),
    sa.Index("shares_of_member", "member_id"),
    sa.Index("shares_of_message", "message_id"),
    sa.Index("shares_of_room", "community_id", "room_id", "resource_id"),
    sa.Index("shares_by_source", "source", sqlite_where=sa.text("source IS NOT NULL")),
)

chunks = _table(
    "chunks",
    _community(),
    _of("resources"),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("context", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("place", sa.JSON, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("model", sa.Text),
    sa.Column("vector", sa.LargeBinary),
    sa.Column("generation", sa.Integer),
    sa.Column("words", sa.Text, nullable=False, server_default=""),
    sa.Index("chunks_of_resource", "resource_id", "ordinal"),
    sa.Index("chunks_to_index", "community_id", sqlite_where=sa.text("generation IS NULL")),
)

writings = _table(
    "writings",
    _community(),
    sa.Column("kind", sa.Text, nullable=False),
    _of("rooms", null=True),
    sa.Column("member_id", sa.ForeignKey("members.id", ondelete="SET NULL")),
    sa.Column("is_private", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("request", sa.JSON, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("trace", sa.JSON, nullable=False),
    sa.Column("lost", sa.Integer, nullable=False),
    sa.Column("verdict", sa.Text),
    sa.Column("created_at", Moment, nullable=False),
    sa.Index("writings_of_member", "member_id", "created_at"),
)

items = _table(
    "items",
    _of("writings"),
    sa.Column("section", sa.Text, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Index("items_of_writing", "writing_id"),
)

rests_on = sa.Table(
    "rests_on",
    metadata,
    _of("items"),
    sa.Column("message_id", sa.Integer),
    sa.Column("resource_id", sa.Integer),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("quote", sa.Text, nullable=False),
    sa.Index("rests_on_message", "message_id"),
    sa.Index("rests_on_resource", "resource_id"),
    sa.Index("rests_on_of_item", "item_id"),
)

posts = _table(
    "posts",
    _community(),
    _of("rooms"),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("writing_id", sa.ForeignKey("writings.id", ondelete="SET NULL")),
    sa.Column("parts", sa.JSON, nullable=False),
    sa.Column("downgrades", sa.JSON, nullable=False),
    sa.Column("is_private", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("posted_at", Moment, nullable=False),
    sa.Index("posts_of_writing", "writing_id"),
    sa.Index("posts_of_room", "room_id"),
)

audit = _table(
    "audit",
    _community(),
    sa.Column("at", Moment, nullable=False),
    sa.Column("account_id", sa.Integer),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)

work = _table(
    "work",
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("lane", sa.Text),
    sa.Column("key", sa.Text, unique=True),
    sa.Column("args", sa.JSON(none_as_null=True)),
    sa.Column("due", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("leased_until", Moment),
    sa.Column("done_at", Moment),
    sa.Column("error", sa.Text),
    sa.Index("work_due", "due", sqlite_where=sa.text("done_at IS NULL AND error IS NULL")),
    sa.Index("work_lanes", "lane", "id", sqlite_where=sa.text("done_at IS NULL AND error IS NULL")),
    sa.Index("work_done", "done_at", sqlite_where=sa.text("done_at IS NOT NULL")),
)

usage = _table(
    "usage",
    _community(),
    sa.Column("day", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    *(sa.Column(each, sa.Integer, nullable=False) for each in ("calls", "failed")),
    *(sa.Column(each, sa.Integer, nullable=False) for each in ("sent", "received", "cached")),
    sa.UniqueConstraint("community_id", "day", "model", "purpose"),
)

state = sa.Table(
    "state",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("at", Moment, nullable=False),
)
