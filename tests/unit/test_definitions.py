"""What the settings name is there: forms, profiles, mappings and certificates, proved before anything starts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from orchestrator.definitions import load_definitions
from orchestrator.settings import load_settings
from rpa.errors import DefinitionError, Fault
from tests.unit.test_settings import SMALL, write
from tests.worlds import MAPPINGS


def faults(path: Path) -> list[Fault]:
    """What is wrong with what a file of settings names."""
    with pytest.raises(DefinitionError) as raised:
        load_definitions(load_settings(path))
    return list(raised.value.faults)


def told(path: Path) -> list[tuple[str, int, str]]:
    """File, line and place of each fault, of which each has a remedy."""
    found = faults(path)
    assert all(fault.remedy for fault in found)
    return [(fault.file, fault.line, fault.place) for fault in found]


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    """Whoever sets a folder of their own is told of each section that still names what is not in it, whatever the
    file of settings is called."""
    shutil.copytree(MAPPINGS / "chs", tmp_path / "mappings" / "desk")
    path = tmp_path / "t.toml"
    path.write_text('mappings_dir = "mappings"\n' + SMALL, encoding="utf-8")
    assert told(path) == [(str(path), 4, "targets.chs.profile")]
    path.write_text(
        path.read_text(encoding="utf-8").replace('profile = "chs"', 'profile = "desk"'),
        encoding="utf-8",
    )
    assert load_definitions(load_settings(path)).mapping("chs", "ocr")


def test_a_form_that_is_not_there(tmp_path: Path) -> None:
    """A section for a form that no folder describes, and one that no mapping keys, are faults of the settings."""
    shutil.copytree(MAPPINGS / "chs", tmp_path / "mappings" / "chs")
    (tmp_path / "mappings" / "chs" / "ocr.toml").unlink()
    path = write(tmp_path, 'mappings_dir = "mappings"\n' + SMALL + '[forms.orc]\ntarget = "chs"\n')
    assert told(path) == [(str(path), 7, "forms.ocr.target"), (str(path), 8, "forms.orc")]


def test_a_name_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment names is blamed on the environment."""
    monkeypatch.setenv("RPA_TARGETS__CHS__PROFILE", "desk")
    assert told(write(tmp_path, SMALL)) == [("environment", 1, "RPA_TARGETS__CHS__PROFILE")]


def certified(folder: Path, certificate: bytes, key: bytes) -> Path:
    """Settings with a client certificate."""
    (folder / "robot.pem").write_bytes(certificate)
    (folder / "robot.key").write_bytes(key)
    named = 'certificate = "robot.pem"\nkey = "robot.key"\n[forms'
    return write(folder, SMALL.replace("[forms", named))


def test_a_client_certificate_is_proved(tmp_path: Path) -> None:
    """A pair that belongs together starts; what is not there, no certificate, another's key, or locked by a
    passphrase is told by file, line and key, and never asked about at a terminal."""
    authority = trustme.CA()
    one, other = authority.issue_cert("robot@example.com"), authority.issue_cert("other@example.com")
    certificate, key = one.cert_chain_pems[0].bytes(), one.private_key_pem.bytes()
    path = certified(tmp_path, certificate, key)
    assert load_definitions(load_settings(path)).targets["chs"].route.certificate == tmp_path / "robot.pem"
    locked = load_pem_private_key(key, None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"Example-Secret")
    )
    said = {}
    for what, pair in {
        "another's": (certificate, other.private_key_pem.bytes()),
        "no certificate": (b"nothing", key),
        "locked": (certificate, locked),
    }.items():
        (fault,) = faults(certified(tmp_path, *pair))
        assert (fault.file, fault.line, fault.place) == (str(path), 5, "targets.chs.certificate")
        said[what] = fault.message
    assert "do not belong together" in said["another's"]
    assert "cannot be read" in said["no certificate"]
    assert "cannot be read" in said["locked"]
    (tmp_path / "robot.pem").unlink()
    (fault,) = faults(path)
    assert (fault.line, fault.place) == (5, "targets.chs.certificate")
    assert fault.message == f"there is no file {tmp_path / 'robot.pem'}"
