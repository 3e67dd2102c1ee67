"""An update leaves this machine once, in time or not at all, and reading the record tells what became of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from rpa.browser.launch import launch
from rpa.errors import NotSent, RpaError, SubmissionUncertain, TargetChanged
from rpa.robot import FilledRecord
from rpa.targets.finding import InTarget, NotInTarget
from tests.integration.updating_world import DECISION, Opened, described, way, without
from tests.worlds import Keeper, robot

pytestmark = pytest.mark.asyncio(loop_scope="session")

LEFT = {"reply-lost": 1, "save-refused-connection": 0, "saved-to-sign-in": 0}


@pytest.mark.parametrize("fault", LEFT)
async def test_a_save_without_a_response_is_looked_up(fault: str, opened: Opened) -> None:
    """When the response to save is lost the outcome is not certain, and reading the record tells it: it holds the
    update, or it is as it was before."""
    keeper = Keeper()
    async with opened() as world:
        world.chs.queue(fault, screen="Review changes")
        with pytest.raises(SubmissionUncertain) as raised:
            await world.update(keeper=keeper)
        assert world.applied == (LEFT[fault], 1)
        assert keeper.keyed is not None
        found = await world.look_up(keeper.keyed)
    assert found == (InTarget((world.reference,)) if LEFT[fault] else NotInTarget())
    assert raised.value.signed_out == (fault == "saved-to-sign-in")
    assert keeper.told == ["submitting"]


async def test_an_update_that_never_left(opened: Opened) -> None:
    """When the right to save has ended nothing leaves, and the record is as it was before."""
    keeper = Keeper(seconds=-1)
    async with opened() as world:
        with pytest.raises(NotSent):
            await world.update(keeper=keeper)
        assert world.applied == (0, 0)
        assert keeper.keyed is not None
        assert await world.look_up(keeper.keyed) == NotInTarget()


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.2])
async def test_cancelled_in_the_middle(moment: float, opened: Opened) -> None:
    """Whenever an update is left after save is about to be pressed, at most one amendment is made, and the look-up
    says which."""
    keeper = Told()
    async with opened() as world:
        world.chs.queue("slow-save", seconds=0.1, screen="Review changes")
        running = asyncio.create_task(world.update(keeper=keeper))
        await keeper.given.wait()
        await asyncio.sleep(moment)  # the moment itself is what is tried
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await asyncio.gather(*world.robot._unanswered, return_exceptions=True)
        assert keeper.keyed is not None
        found = await world.look_up(keeper.keyed)
        applied, requests = world.applied
    assert (applied, requests) in ((0, 0), (1, 1))
    assert found == (InTarget((world.reference,)) if applied else NotInTarget())


async def test_a_browser_killed_in_the_middle(opened: Opened) -> None:
    """When the browser dies as save is pressed, at most one amendment is made, and another robot tells."""
    keeper = Told()
    async with opened() as world:
        async with launch() as other:
            killed = robot(other, world.robot._target, "robot03")
            update = killed.update(without(DECISION), keeper, {}, world.reference)
            running = asyncio.create_task(update)
            await keeper.given.wait()
            other.kill()
            with pytest.raises(RpaError):
                await running
            with suppress(RpaError):  # its tab has gone with the browser; its gate has not
                await killed.close()
        assert keeper.keyed is not None
        found = await world.look_up(keeper.keyed, DECISION)
        applied, requests = world.applied
    assert (applied, requests) in ((0, 0), (1, 1))
    assert found == (InTarget((world.reference,)) if applied else NotInTarget())


@dataclass
class Told(Keeper):
    """A keeper that says when save is about to be pressed."""

    given: asyncio.Event = field(default_factory=asyncio.Event)

    async def before_save(self, keyed: FilledRecord) -> float:
        """Save is about to be pressed."""
        self.given.set()
        return await super().before_save(keyed)


async def test_a_page_after_save_of_another_record(opened: Opened) -> None:
    """A page that says that changes are saved, and does not show this record, is no proof that they were."""
    saved = way().saved.model_copy(update={"css": ".masthead-user, .panel-saved p"})
    profile = described(saved=saved)
    journey = profile.journey.model_copy(update={"reference": r"robot01|CHS-\d{4}-\d{7}"})
    async with opened(profile.model_copy(update={"journey": journey})) as world:
        with pytest.raises(SubmissionUncertain, match="does not show this record alone"):
            await world.update()
        assert world.applied == (1, 1)


async def test_what_is_to_show_that_it_is_saved_must_not_be_there_before(opened: Opened) -> None:
    """A condition of changes being saved that holds before save proves nothing: nothing is pressed."""
    saved = way().saved.model_copy(update={"heading": "Review changes", "css": None})
    async with opened(described(saved=saved)) as world:
        with pytest.raises(TargetChanged, match="shows before save"):
            await world.update()
        assert world.applied == (0, 0)


async def test_a_review_that_shows_something_else(opened: Opened) -> None:
    """A review that shows what nobody keyed, and the record did not hold, keeps save from being pressed."""
    async with opened() as world:
        world.chs.queue("review-differs", screen="Person reporting", control="Surname")
        with pytest.raises(TargetChanged, match="shows something in Surname that nobody keyed"):
            await world.update(DECISION)
        assert world.applied == (0, 0)
