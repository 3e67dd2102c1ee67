"""The settings of the API: what contradicts itself is found, and all of it is described."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestrator.settings import ApiSettings, load_settings
from orchestrator.settings.first_files import default_toml
from tests.unit.test_settings import SMALL, faults, write
from tests.worlds import ROOT


@pytest.mark.parametrize(
    ("text", "line", "place", "message"),
    [
        (SMALL + '[api]\nkey = "a"\n', 8, "api.key", "belong together"),
        (SMALL + '[api]\nclient_ca = "a"\n', 8, "api.client_ca", "over TLS only"),
        (SMALL + '[api]\nclient_names = { a = "b" }\n', 8, "api.client_names", "without `client_ca`"),
        (SMALL + '[api]\ntrusted_proxies = ["192.0.2.1"]\n', 8, "api.trusted_proxies", "elsewhere` too"),
        (SMALL + '[api]\ntrusted_proxies = ["proxy"]\n', 8, "api.trusted_proxies.0", "not the address"),
        (SMALL + '[api]\nid_header = "a"\nsecret_header = "A"\n', 9, "api.secret_header", "must differ"),
        (SMALL + '[api]\nid_header = "a b"\n', 8, "api.id_header", "match"),
        (SMALL + '[api]\nenabled = true\nhost = "0.0.0.0"\n', 9, "api.host", "needs TLS"),
        (SMALL + '[api]\nenabled = true\nhost = "::"\n', 9, "api.host", "needs TLS"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, text: str, line: int, place: str, message: str) -> None:
    """Each with its line, the setting, and what is wrong."""
    (fault,) = faults(write(tmp_path, text))
    assert (fault.line, fault.place) == (line, place)
    assert message in fault.message


@pytest.mark.parametrize(
    "lines",
    [
        'host = "::1"',
        'host = "localhost"',
        'host = "0.0.0.0"\ncertificate = "a"\nkey = "b"',
        'host = "0.0.0.0"\ntls_terminated_elsewhere = true\ntrusted_proxies = ["192.0.2.1", "2001:db8::/32"]',
    ],
)
def test_the_api_listens_where_nobody_reads_along(tmp_path: Path, lines: str) -> None:
    """On this machine alone, over TLS, or behind a proxy that the operator says ends it."""
    settings = load_settings(write(tmp_path, f"{SMALL}[api]\nenabled = true\n{lines}\n"))
    assert settings.api.enabled
    assert settings.api.certificate in {None, tmp_path / "a"}


@pytest.mark.parametrize("name", ApiSettings.model_fields)
def test_each_setting_of_the_api_is_described(name: str) -> None:
    """What can be set under [api] stands in the file that `rpa init` writes, and in the guide."""
    api = default_toml().split("[api]")[1].split("\n[")[0]
    assert re.search(rf"^(?:# )?{name} = ", api, re.MULTILINE)
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = guide.split("## The Standard API")[1].split("\n## ")[0]
    assert f"`{name}`" in section
