"""What keeps a command from a target is named: the address, the option and the file to correct."""

from __future__ import annotations

import signal
import socket
from contextlib import closing
from pathlib import Path

from orchestrator.states import Reason, State
from tests import acts
from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import System, make_system, run, until

NOWHERE = RunningChs("http://127.0.0.1:9")


def _saved(folder: Path, chs: RunningChs) -> System:
    """An installation with one record that it believes to be in the target."""
    system = make_system(folder, chs)
    (reference,) = system.ingest("08-bank-card.json")
    claim = acts.claim(system.app.store, "robot-01", {"chs": "robot01"}, 120)
    assert claim is not None
    for frm, to, reason in (
        (State.KEYING, State.SUBMITTING, Reason.PAGE_CONFIRMED),
        (State.SUBMITTING, State.SUBMITTED, Reason.REFERENCE_SEEN),
    ):
        given = {"actor": "robot-01", "reason": reason, "token": claim.token}
        acts.move(system.app.store, reference, frm, to, target_reference="CHS-2026-0000001", **given)
    return system


def _refused(system: System) -> str:
    done = run(system.folder, "reconcile")
    said = done.stdout.splitlines()
    assert (done.returncode, len(said)) == (1, 2)
    assert said[0].endswith("CHS-2026-0000001 in chs: it was not looked up: the target was not reached")
    assert said[1] == "0 records looked up, 0 need a person, 1 is unclear."
    return done.stderr


def test_each_cause_has_its_own_message(tmp_path: Path, practice: RunningChs) -> None:
    """A refused connection, an unknown address and a wrong password are different messages. Each names the
    address, the option and the file that a person corrects."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
    system = _saved(tmp_path, RunningChs(f"http://{place}"))
    url = "If the address is wrong, correct [targets.chs] url in rpa.toml\n"
    step = "step 1 of [session], go '/sign-in':"
    said = f"chs at http://{place}: {step} {place} refuses the connection"
    assert _refused(system) == f"Not reconciled: {said}. {url}"

    system.set(f"http://{place}", "http://chs.invalid")
    said = f"chs at http://chs.invalid: {step} chs.invalid:80 has a name that is not known here"
    assert _refused(system) == f"Not reconciled: {said}. {url}"

    system.set("http://chs.invalid", practice.base)
    accounts = tmp_path / "secrets" / "chs.toml"
    accounts.write_text('[[account]]\nname = "robot01"\npassword = "another"\n', encoding="utf-8")
    said = _refused(system)
    assert said.startswith(
        f"Not reconciled: chs at {practice.base}, account robot01: sign-in: the target refuses"
    )
    assert "Correct it in secrets/chs.toml ([targets.chs] accounts) and start rpa again" in said
    assert "another" not in said


def test_a_wrong_mapping_is_named_by_file_and_line(tmp_path: Path) -> None:
    """A mapping that names a control which the profile does not have is told with its file, line and remedy."""
    system = make_system(tmp_path, NOWHERE)
    mappings = tmp_path / "mappings" / "chs"
    shipped = system.app.settings.mappings_dir / "chs"
    for path in (each for each in shipped.rglob("*") if each.is_file()):
        copy = mappings / path.relative_to(shipped)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    mapping = mappings / "ocr.toml"
    with mapping.open("a", encoding="utf-8") as file:
        file.write('\n[[screen]]\nname = "Nowhere"\n[screen.fields]\n"No such control" = "a"\n')
    system.set("# mappings_dir", "mappings_dir")
    done = run(tmp_path, "run", "--until-idle")
    assert done.returncode == 2
    assert "mappings/chs/ocr.toml:" in done.stderr


def test_ctrl_c_says_what_it_waits_for(tmp_path: Path) -> None:
    """`rpa run` that is interrupted says how many reports robots have in hand, and how long it waits at most."""
    system = make_system(tmp_path, NOWHERE)
    system.ingest("08-bank-card.json")
    assert acts.claim(system.app.store, "somebody else", {"chs": "account"}, 120) is not None
    with system.started("run") as process:
        until(lambda: '"running"' in system.log())
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    log = system.log()
    assert '"stopping; robots finish the reports in their hands"' in log
    assert '"count": 1' in log
    assert '"seconds": 300' in log
