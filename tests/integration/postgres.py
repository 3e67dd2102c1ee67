"""A PostgreSQL server of the tests' own, from installed binaries, on a socket in a folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil
from sqlalchemy import create_engine, make_url, text

from orchestrator.store import open_engine, upgrade

STOP_SECONDS = 20


@cache
def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`; None where they are not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    beside = shutil.which("initdb")
    return found[-1].parent if found else Path(beside).parent if beside else None


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a fresh server's database, for as long as the block lasts. It listens on no network."""
    folder = binaries()
    assert folder is not None, "PostgreSQL is not installed: `make setup`, or sudo apt-get install postgresql"
    with tempfile.TemporaryDirectory(prefix="rpa-postgres-") as name:
        home = Path(name)
        _give(home)
        _run(folder / "initdb", "-D", home / "data", "-U", "rpa", "--auth=trust", "-E", "UTF8", "--no-sync")
        options = f"-k {home} -c listen_addresses= -c fsync=off"
        _run(folder / "pg_ctl", "-D", home / "data", "-l", home / "log", "-o", options, "-w", "start")
        try:
            yield f"postgresql+psycopg://rpa@/postgres?host={home}"
        finally:
            stop = ("-m", "immediate", "-t", str(STOP_SECONDS), "stop")
            _run(folder / "pg_ctl", "-D", home / "data", *stop)


@contextmanager
def database(server: str, name: str, *, upgraded: bool = False) -> Iterator[str]:
    """A new database of a server, dropped at the end of the block; its URL. `upgraded`: with every table."""
    template = f"TEMPLATE {_upgraded(server)}" if upgraded else ""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" {template}'))
        yield _url(server, name)
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        engine.dispose()


@cache
def _upgraded(server: str) -> str:
    """The name of a database with every table and nothing in it: made once on each server."""
    name, server_engine = "upgraded", create_engine(server, isolation_level="AUTOCOMMIT")
    with server_engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server_engine.dispose()
    engine = open_engine(_url(server, name))
    upgrade(engine)
    engine.dispose()
    return name


def _url(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")


@contextmanager
def standing_still(server: str) -> Iterator[None]:
    """Every process of a server is stopped while the block lasts: it accepts connections, and nothing responds."""
    home = Path(str(make_url(server).query["host"]))
    main = psutil.Process(int((home / "data" / "postmaster.pid").read_text().split()[0]))
    main.suspend()  # first: it starts no other from here on
    others = main.children()
    for process in others:
        process.suspend()
    try:
        yield
    finally:
        for process in (*others, main):
            process.resume()


def _run(program: Path, *arguments: str | Path) -> None:
    """Run a program of PostgreSQL, which refuses to work for root, as a user that it works for."""
    user = _user()
    done = subprocess.run(
        [program, *map(str, arguments)],
        user=user,
        group=None if user is None else pwd.getpwnam(user).pw_gid,
        extra_groups=None if user is None else [],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _give(folder: Path) -> None:
    if user := _user():
        shutil.chown(folder, user)
