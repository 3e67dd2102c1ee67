"""The commands that the guide shows for the API do what it says, on a running server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.acceptance.test_documents import OPERATIONS, blocks
from tests.api_world import identified, incident, sample, serving


def test_the_commands_of_the_guide_hand_over_reports(tmp_path: Path) -> None:
    """Each `curl` of the guide, run as it stands but for the port, is received; the last says that we are
    ready."""
    section = OPERATIONS.read_text(encoding="utf-8").split("## The Standard API")[1].split("\n## ")[0]
    commands = [
        line for block in blocks(section, "sh") for line in block.splitlines() if line.startswith("curl")
    ]
    assert len(commands) == 4
    (tmp_path / "report.json").write_bytes(sample())
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "incident.json").write_bytes(incident())
    with serving(tmp_path) as service:
        headers = "".join(f"{name}: {value}\n" for name, value in identified(service.client).items())
        (tmp_path / "hub.headers").write_text(headers, encoding="utf-8")
        said = [
            json.loads(_run(tmp_path, command.replace("http://127.0.0.1:8020", service.base)))
            for command in commands
        ]
        *received, health = said
        assert [each["data"]["attributes"]["new"] for each in received] == [True, False, True]
        (media,) = service.app.originals.find(
            service.report(received[0]["data"]["id"]).sha256, "api", "report-hub.json"
        ).media
        assert media.name == "photo.png"
    assert health["status"] == "ready"


def _run(folder: Path, command: str) -> str:
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout
