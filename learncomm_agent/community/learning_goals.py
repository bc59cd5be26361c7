"""The goals that members set themselves: kept, asked about gently every three weeks, and forgotten with them.

Who does not answer twice in a row is asked once whether to be asked no more, and then left in peace.
"""

from collections.abc import Sequence
from datetime import timedelta

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Choices
from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.clock import Clock
from learncomm_agent.community.nudges import Listener, Nudges, Told
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.forgotten import Forgotten
from learncomm_agent.library.removing import Gone
from learncomm_agent.storage import learning_goals as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.learning_goals import Goal, State

KIND = "goals"
"""Of what is said unasked."""
CONTROL = "goal"
"""What the ids of controls begin with: `goal:<act>.<row>`."""
EVERY, NEXT = timedelta(weeks=3), timedelta(weeks=1)
"""From one question about a goal to the next; how long another goal that was due as well waits."""
UNANSWERED = 2
"""After so many questions without an answer, the next one is whether to stop."""


class LearningGoals:
    """Keeps them. The functions that take a `conn` belong in a transaction."""

    def __init__(self, nudges: Nudges, forgetting: Forgetting, clock: Clock) -> None:
        """Take what it needs, and say what it tells and what it forgets."""
        self._nudges = nudges
        self._forgetting = forgetting
        self._clock = clock
        nudges.handle(KIND, self._tell, rank=7, needs_readable=False)
        forgetting.follow_with(self._follow)

    def add(self, conn: Connection, community: CommunityId, member: MemberId, text: str) -> Goal:
        """Keep a goal, and ask about it in three weeks; the same one where it is there already."""
        goal = stored.add(conn, community, member, text, self._clock.now())
        if not goal.is_suggested:
            self._ask_later(conn, goal)
        return goal

    def change(self, conn: Connection, goal: Goal, text: str) -> Forgotten:
        """Put other words in the place of a goal's; what showed the old ones goes."""
        stored.change(conn, goal.id, text, self._clock.now())
        self._ask_later(conn, goal)
        return self._close(conn, goal, "change goal", stored.hide(conn, [goal.id]))

    def go_on(self, conn: Connection, goal: Goal) -> None:
        """Keep that its owner said how it goes, and ask again in three weeks."""
        stored.go_on(conn, goal.id, self._clock.now())
        self._ask_later(conn, goal)

    def leave(self, conn: Connection, goal: Goal) -> None:
        """Ask about a goal no more; it stays."""
        self._nudges.end(conn, KIND, goal.id, goal.member)

    def reach(self, conn: Connection, goal: Goal) -> None:
        """Keep that a goal is reached."""
        stored.reach(conn, goal.id, self._clock.now())
        self.leave(conn, goal)

    def drop(self, conn: Connection, goal: Goal) -> Forgotten:
        """Let go of a goal, and take back what showed it to others."""
        self.leave(conn, goal)
        shown = stored.drop(conn, goal.id, self._clock.now())
        return self._close(conn, goal, "drop goal", shown)

    def hide(self, conn: Connection, goal: Goal) -> Forgotten:
        """Take back what showed a goal to others; it stays its owner's."""
        return self._close(conn, goal, "hide goal", stored.hide(conn, [goal.id]))

    def _close(
        self, conn: Connection, goal: Goal, action: str, shown: tuple[int, ...]
    ) -> Forgotten:
        if not shown:
            return Forgotten()
        gone = Forgotten(writings=shown)
        return self._forgetting.close(conn, goal.community, action, f"goal {goal.id}", gone)

    def _ask_later(self, conn: Connection, goal: Goal) -> None:
        self.leave(conn, goal)  # a question that waits to be sent is in words of before
        due = self._clock.now() + EVERY
        self._nudges.add(conn, goal.community, goal.member, KIND, goal.id, due)

    def _tell(self, conn: Connection, listener: Listener, subjects: Sequence[int]) -> Told | None:
        """Ask about one goal, the one that was longest without a word; another waits for a week."""
        found = (stored.get(conn, each) for each in subjects)
        mine = [each for each in found if each is not None and _is_open(each, listener)]
        if not mine:
            return None
        goal = min(mine, key=lambda each: (each.changed_at, each.id))
        again = {each.id: listener.now + NEXT for each in mine if each is not goal}
        is_last = goal.unanswered >= UNANSWERED
        if not is_last:
            again[goal.id] = listener.now + EVERY
        acts = ("go_on", "stop") if is_last else ("well", "stuck", "reached", "let_go")
        options = tuple(
            Choice(f"{CONTROL}:{act}.{goal.id}", listener.voice.phrase(f"goals.control.{act}"))
            for act in acts
        )
        key = "goals.shall_i_stop" if is_last else "goals.how_is_it"
        said = listener.voice.say(key, goal=goal.text)
        return Told(
            (said, Choices(options)),
            commits=(lambda c: stored.ask(c, goal.id),),
            again=again,
            keep={"goal": goal.id},
        )

    def _follow(self, conn: Connection, community: CommunityId, gone: Gone) -> None:
        """Forget a member's goals with all of theirs."""
        if gone.member is None:
            return
        for id in stored.ids_of(conn, gone.member):
            self._nudges.end(conn, KIND, id, gone.member)
        if shown := stored.erase(conn, gone.member):
            member = f"goals of member {gone.member}"
            self._forgetting.close(
                conn, community, "forget goals", member, Forgotten(writings=shown)
            )


def _is_open(goal: Goal, listener: Listener) -> bool:
    return goal.state is State.OPEN and goal.member == listener.member.id
