"""How a member takes part in sessions, as plain fields for their eyes alone."""

from typing import Any

from learncomm_agent.chat.people import MemberId
from learncomm_agent.storage import members, session_traces
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection


def of_member(conn: Connection, member: MemberId) -> list[dict[str, Any]]:
    """Return the sessions that know a member: since when and how they take part, and what they put in."""
    community = members.get(conn, member).community
    found = []
    for id in session_traces.of_member(conn, community, member):
        row = stored.get(conn, id)
        if row is None:
            continue
        person = row.content["people"].get(str(member)) or {}
        entries = [
            {"at": each["at"], "kind": each["what"], "text": each["text"]}
            for each in row.content["entries"].values()
            if each.get("by") == member
        ]
        backed = sum(member in each.get("backers", ()) for each in row.content["entries"].values())
        is_lead = row.content.get("lead") == member
        if not (person or entries or backed or is_lead):
            continue
        found.append(
            {
                "at": person.get("joined_at"),
                "title": row.content["plan"]["title"],
                "mode": person.get("mode"),
                "read": person.get("place"),
                "wish": person.get("wish", ""),
                "leads": is_lead,
                "backed": backed,
                "entries": entries,
                "id": id,
            }
        )
    return found
