"""The part of the contract suite about menus and forms."""

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.events import Chosen, FormSent
from learncomm_agent.chat.forms import Choice, Field, Form
from learncomm_agent.chat.outgoing import Block, Choices, Menu, Outgoing
from learncomm_agent.testing.scenes import Scene, is_refused, open_scene
from learncomm_agent.testing.world import World, paragraph

APPLES, PEARS, PLUMS = Choice("f:a", "Apples"), Choice("f:b", "Pears"), Choice("f:c", "Plums")
MENU = Menu("menu:1", (APPLES, PEARS, PLUMS), prompt="Which ones?", at_most=2)
FORM = Form("about:1", "About you", (Field("name", "Your name"), Field("wish", "Your wish")))
OPENS = Choice(FORM.id, FORM.title, opens_form=True)


class ControlRules:
    """A part of `PlatformContract`: what is claimed tells what was picked or filled in."""

    async def test_menus_are_as_claimed(self, world: World) -> None:
        """What was picked is told in the list's order; without menus they are refused, or listed."""
        scene = await open_scene(world)
        can = await scene.can()
        post = Outgoing(scene.room, (*paragraph("Well?"), MENU), "k")
        if can.menus < Level.PARTIAL:
            await _check_words(scene, MENU, "Apples", "Pears", "Plums")
            return
        assert can.max_menu_options >= len(MENU.options)
        message = (await scene.platform.send(post)).parts[0]
        await world.picks(scene.bob, MENU.id, message, PLUMS.id, APPLES.id)
        chosen = scene.told_once(Chosen)
        assert (chosen.choice, chosen.account.ref) == (MENU.id, scene.bob)
        assert chosen.values == (APPLES.id, PLUMS.id)
        assert chosen.room.ref == scene.room
        assert chosen.message in (None, message)

    async def test_forms_are_as_claimed(self, world: World) -> None:
        """One opens at once for whoever presses, and tells what they wrote.

        What stands in a post is never the form itself, but what opens it, or its words; or it is refused.
        """
        scene = await open_scene(world)
        can = await scene.can()
        if can.forms < Level.PARTIAL:
            await _check_words(scene, FORM, FORM.title)
            return
        assert can.max_fields >= len(FORM.fields)
        assert can.buttons >= Level.PARTIAL, "nothing else can open it"
        scene.desk.form_ = FORM
        post = Outgoing(scene.room, (*paragraph("Hello"), FORM), "k")
        if await is_refused(scene.platform.send(post)):
            post = post.with_blocks((*paragraph("Hello"), Choices((OPENS,))), "k.1")
        message = (await scene.platform.send(post)).parts[0]
        await world.fills(scene.bob, OPENS, message, {"name": "Bob", "wish": "More *books*"})
        assert scene.desk.asked == [(scene.bob, OPENS.id)]
        sent = scene.told_once(FormSent)
        assert (sent.form, sent.account.ref, sent.room.ref) == (FORM.id, scene.bob, scene.room)
        assert dict(sent.values) == {"name": "Bob", "wish": "More *books*"}
        assert scene.told(Chosen) == [], "to open a form is no answer yet"


async def _check_words(scene: Scene, block: Block, *words: str) -> None:
    """Hold a room to refusing a block that it can't show, or to showing its words."""
    post = Outgoing(scene.room, (*paragraph("Well?"), block), "k")
    if not await is_refused(scene.platform.send(post)):
        text = "".join(await scene.texts(scene.ann))
        assert all(word in text for word in words), "what is not shown is refused"
