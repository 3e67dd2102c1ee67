"""What tests of looking share: a report that a robot looks for, and the result pages that it may meet."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from orchestrator.definitions import Definitions
from orchestrator.jobs.context import WorkerContext
from orchestrator.jobs.tasks import do
from orchestrator.originals import Originals
from orchestrator.settings import load_settings
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import Claim, Stored
from rpa.browser.launch import Browser
from rpa.robot import Account, Robot, Target
from rpa.targets.profile import Profile
from tests import acts
from tests.integration.pages import Pages
from tests.integration.store_world import LEASE_SECONDS, World, report

OURS = report().reference
HORIZON = LEASE_SECONDS + 10  # seconds: the lease and the target's commit delay
PROFILE = Profile.model_validate(
    {
        "title": "Lists",
        "session": {"steps": [{"go": "/home"}], "done": {"path": "/home"}, "ended": {"path": "/login"}},
        "journey": {
            "steps": [],
            "errors": ".e",
            "save": "Save",
            "saved": {"path": "/x"},
            "reference": r"REC-\d{4}",
        },
        "find": {
            "steps": [{"go": "/search"}],
            "found": {"css": "td"},
            "none": {"text": "Nothing found"},
        },
        "record": {"steps": [], "heading": "Record"},
        "screen": [{"name": "Only"}],
    }
)
NOTHING = "Nothing found"
WAITING = """<script>
    const ask = () => fetch("/late").then((answer) => answer.ok
      ? document.body.insertAdjacentHTML("beforeend", "%s") : setTimeout(ask, 20));
    ask();
</script>"""
UNCLEAR = "<table><tbody><tr><td>REC-0001<td>somebody else's</table>"


def shows(*own: str) -> str:
    """A result page that lists records under our reference."""
    rows = "".join(f"<tr><td>{each}<td>{OURS}</tr>" for each in own)
    return f"<table><tbody>{rows}</tbody></table>"


class Search:
    """One report in a store whose clock the tests turn, and a robot in a target that shows what they say."""

    def __init__(self, folder: Path, browser: Browser, pages: Pages) -> None:
        self.world, self.pages = World(folder), pages
        settings = load_settings(
            data_dir=folder,
            targets={"chs": {"profile": "chs", "url": pages.base, "commit_delay_seconds": 10}},
            robots={"attempts": 2, "lease_seconds": LEASE_SECONDS},
        )
        target = Target("chs", PROFILE, pages.base, 5)
        definitions = Definitions({}, {"chs": target}, {})
        self.context = WorkerContext(
            settings, self.world.store, Originals(folder), definitions, browser, self.world.clock
        )
        self.robot = Robot(browser, target, Account("robot1", "secret"))
        self.reference = self.world.receive().reference
        pages.show("Home", "/home")
        pages.html.pop("/late", None)  # what a page may wait for
        pages.gets.pop("/late", None)

    def pressed(self) -> Claim:
        """The report, claimed and about to be saved."""
        claim = self.world.claimed()
        self.press(claim)
        return claim

    def press(self, claim: Claim) -> None:
        """Save is about to be pressed. No plan is kept: what is saved ends in review, unread."""
        acts.move(
            self.world.store,
            claim.reference,
            State.KEYING,
            State.SUBMITTING,
            actor="robot1",
            reason=Reason.PAGE_CONFIRMED,
            token=claim.token,
        )

    def uncertain(self, *, signed_out: bool = False) -> None:
        """Save was pressed, and what happened is not known."""
        claim = self.pressed()
        acts.move(
            self.world.store,
            self.reference,
            State.SUBMITTING,
            State.UNCERTAIN,
            actor="robot1",
            reason=Reason.SAVE_UNANSWERED,
            token=claim.token,
            signed_out=signed_out,
        )

    async def look(self, page: str) -> None:
        """A robot claims the report and looks for it, on this result page."""
        self.pages.show(page, "/search")
        await do(self.context, self.robot, self.world.claimed("robot2"))

    @property
    def state(self) -> tuple[State, Reason]:
        """Where the report is, and why."""
        return self.world.state(self.reference)

    @property
    def reconciled_at(self) -> datetime | None:
        """When the report is to be looked up once more; None when it is not."""
        once_more = (each for each in self.stored.jobs if each.kind is JobKind.RECONCILE)
        return next((each.not_before for each in once_more if each.ended_at is None), None)

    @property
    def rests_until(self) -> datetime:
        """Until when the report's last job may not be claimed; now, where it may."""
        return self.stored.jobs[-1].not_before or self.world.clock()

    @property
    def stored(self) -> Stored:
        """The report."""
        found = self.world.store.report(self.reference)
        assert found is not None
        return found
