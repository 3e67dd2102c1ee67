"""Commands as processes of their own that start at once: forked from one that has made the imports already.

`python -m tests.commands` is that process: for each line of JSON on its standard input it forks, runs the command
there as `python -m MODULE ARGUMENTS` would, and writes the exit code.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).parents[1]
MOST_SECONDS = 120
_ONE_AT_A_TIME = Lock()
_CLI = ROOT / "orchestrator" / "cli"


def run(
    folder: Path, module: str, *arguments: str | Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run `python -m MODULE ARGUMENTS` in a folder to its end."""
    words = [module, *map(str, arguments)]
    with tempfile.TemporaryDirectory(prefix="rpa-command-") as made, _ONE_AT_A_TIME:
        out, err = Path(made, "out"), Path(made, "err")
        request = {
            "words": words,
            "cwd": str(folder),
            "env": dict(env),
            "out": str(out),
            "err": str(err),
        }
        code = _asked(request)
        return subprocess.CompletedProcess(
            words, code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
        )


def _asked(request: Mapping[str, object]) -> int:
    server = _server()
    assert server.stdin
    assert server.stdout
    server.stdin.write(json.dumps(request) + "\n")
    server.stdin.flush()
    readable, _, _ = select.select([server.stdout], [], [], MOST_SECONDS)
    if not readable:
        server.kill()
        _server.cache_clear()
        raise TimeoutError(f"{request['words']} did not end within {MOST_SECONDS} s")
    return int(server.stdout.readline())


@cache
def _server() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.commands"]
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(server.kill)
    return server


def _serve() -> None:
    for path in sorted(_CLI.glob("*.py")):
        import_module(f"orchestrator.cli.{path.stem}")
    for name in ("orchestrator.app", "orchestrator.service.run", "rpa.robot", "audit.verify"):
        import_module(name)
    gc.collect()
    gc.freeze()  # a command leaves alone what it shares with us: else its end copies all of it
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(request)
            return
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(request: Mapping[str, object]) -> None:
    """Be the command, as if it had been started by itself. Its own exit ends this process."""
    for number, path in ((1, request["out"]), (2, request["err"])):
        file = os.open(str(path), os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.chdir(str(request["cwd"]))
    os.environ.clear()
    os.environ.update(request["env"])  # type: ignore[call-overload]
    module, *arguments = request["words"]  # type: ignore[misc]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve()
