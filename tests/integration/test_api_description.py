"""What /openapi.json says of the API is valid, and is what the running API does."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from schemathesis.specs.openapi import definitions

from orchestrator.web.api.refusals import KINDS
from tests.api_world import Service, error_of, identified, serving

FREELY = "requests_per_minute = 1000000\nfailures_per_minute = 1000000"
EXAMPLES = 20  # of each operation, beside those that cover each rule of its schema
LEAST_CASES = 60


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server that anybody may ask as often as they like."""
    with serving(tmp_path_factory.mktemp("api"), FREELY) as service:
        yield service


def test_the_description_is_valid(service: Service) -> None:
    """It is OpenAPI 3.1, by OpenAPI's own schema; whoever asks may read it."""
    service.headers, kept = {}, service.headers
    described = service.request("GET", "/openapi.json").json()
    service.headers = kept
    assert described["openapi"].startswith("3.1")
    definitions.OPENAPI_31_VALIDATOR.validate(described)
    assert not definitions.OPENAPI_31_VALIDATOR.is_valid({**described, "paths": []})


def test_every_error_is_described(service: Service) -> None:
    """The link of an error leads to what the description says of its code, for every code there is."""
    described = service.request("GET", "/openapi.json").json()
    assert described["x-errors"].keys() == set(KINDS)
    error = error_of(service.post("/reports", b"no JSON"))
    path, _, pointer = error["links"]["about"].partition("#")
    assert path == "/openapi.json"
    found = described
    for part in pointer.split("/")[1:]:
        found = found[part]
    assert (found["status"], found["errorType"]) == ("400", "business")


def test_the_running_api_does_as_described(service: Service, tmp_path: Path) -> None:
    """Valid, invalid and odd requests made from the description, and those without a secret: each response is
    one that the description names, of the type and shape that it says; nothing valid is refused, and nothing
    invalid taken."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{service.base}/openapi.json"),
        *("--checks", "all", "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES)),
        *("--generation-deterministic", "--no-color", "--continue-on-failure"),
        *(each for name, value in identified(service.client).items() for each in ("-H", f"{name}: {value}")),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    (made,) = re.findall(r"(\d+) generated", done.stdout)
    assert int(made) > LEAST_CASES
