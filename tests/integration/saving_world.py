"""What tests of saving share: a counting server as a target, a tab at one of its pages, and the press itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from rpa.browser import clock
from rpa.browser.tab import Tab
from rpa.browser.values import Confirmed, Region
from rpa.targets.journey import SavingTime, save
from rpa.targets.profile import Profile
from tests.leaving import profile

PROFILE = profile("/form")
SCOPE = Region("#content")
Opening = Callable[..., Awaitable[Tab]]
# A form that a script sends: how, and in which order.
FETCHED = """<script>
document.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const send = () => fetch(%s);
  const answers = await Promise.allSettled([%s]);
  const good = answers.find((each) => each.value?.ok);
  document.querySelector('#content').innerHTML = good ? await good.value.text() : '<p class=errors>Failed</p>';
});</script>"""
POST = "'/save/direct', {method: 'POST', body: new FormData(event.target)}"


async def saved(tab: Tab, seconds: float = 5, answer: float = 5, given: Profile = PROFILE) -> str:
    """Save what the tab shows, with so many seconds for the right to save and for its answer."""
    await tab.survey(SCOPE)
    return await save(tab, given, Confirmed(await tab.document()), SavingTime(clock.now() + seconds, answer))
