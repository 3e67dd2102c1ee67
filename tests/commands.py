"""Commands as processes of their own that start at once: forked from one that has made the imports already.

`python -m tests.commands` is that process: for each line of JSON on its standard input it forks, and runs the
command there as `python -m MODULE ARGUMENTS` would. It writes the exit code at the end. Of a command that is only
started it writes the process at once, and that of another which lasts as long and keeps the exit code in a file.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
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
        code = int(_asked(_request(folder, words, env, out, err)))
        return subprocess.CompletedProcess(
            words, code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
        )


class Running:
    """A command that was started; its `pid` is that of its process. To be used as `subprocess.Popen` is."""

    def __init__(self, pid: int, keeper: int, kept: Path) -> None:
        self.pid = pid
        self._ended, self._kept = os.pidfd_open(keeper), kept

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float) -> int:
        """Its exit code, once it has ended: minus the signal that ended it. Raises `subprocess.TimeoutExpired`."""
        if not select.select([self._ended], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return int(self._kept.read_text(encoding="utf-8"))

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Forget about one that has ended."""
        os.close(self._ended)
        self._kept.unlink()


def start(folder: Path, module: str, *arguments: str | Path, env: Mapping[str, str], log: Path) -> Running:
    """Start `python -m MODULE ARGUMENTS` in a folder; what it writes goes to the end of a log."""
    number, kept = tempfile.mkstemp(prefix="rpa-command-")
    os.close(number)
    words = [module, *map(str, arguments)]
    with _ONE_AT_A_TIME:
        pid, keeper = _asked(_request(folder, words, env, log, log) | {"kept": kept}).split()
    return Running(int(pid), int(keeper), Path(kept))


def _request(
    folder: Path, words: Sequence[str], env: Mapping[str, str], out: Path, err: Path
) -> dict[str, object]:
    return {"words": words, "cwd": str(folder), "env": dict(env), "out": str(out), "err": str(err)}


def _asked(request: Mapping[str, object]) -> str:
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
    return server.stdout.readline()


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
        if "kept" in request and os.fork() != 0:
            continue  # the process that was forked is the one that keeps the exit code
        child = os.fork()
        if child == 0:
            _become(request)
            return
        if "kept" in request:
            print(child, os.getpid(), flush=True)
            _leave_alone()
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if "kept" in request:
            Path(request["kept"]).write_text(str(code), encoding="utf-8")
            os._exit(0)
        print(code, flush=True)


def _leave_alone() -> None:
    """Hold nothing open that others wait for the end of."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)


def _become(request: Mapping[str, object]) -> None:
    """Be the command, as if it had been started by itself. Its own exit ends this process."""
    for number, path in ((1, request["out"]), (2, request["err"])):
        file = os.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
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
