"""States of sessions as a release stored them, half-way through each playbook.

    python -m tests.sessions.stored_states

writes those that are missing, as `fixtures/v<version>-<playbook>.json`, and changes none that is there:
they are what a later version has to migrate.
"""

import json
import sys
from pathlib import Path

from learncomm_agent.rehearsing.played import Passed
from learncomm_agent.sessions.migrating import dump
from learncomm_agent.sessions.state import VERSION
from tests.sessions.rehearsals.playing import NAMES, REHEARSING, playbook, wish_of

FOLDER = Path(__file__).with_name("fixtures")
CAST, SEED = 3, 0


def path_of(name: str) -> Path:
    return FOLDER / f"v{VERSION}-{name}.json"


def half_way(name: str) -> str:
    """Return a session of a playbook after half of what happens in it, and the moment, as JSON."""
    seen: list[Passed] = []
    REHEARSING.play(playbook(name), wish_of(name, CAST, SEED), seen.append)
    middle = seen[len(seen) // 2]
    content = {"now": middle.now.isoformat(), "session": dump(middle.after)}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or NAMES:
        if not path_of(name).exists():
            path_of(name).write_text(half_way(name), encoding="utf-8")


if __name__ == "__main__":
    main()
