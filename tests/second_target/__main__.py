"""`python -m tests.second_target --port N`: run the ticket desk; port 0 takes a free one."""

from __future__ import annotations

import argparse
import socket

import uvicorn

from tests.second_target.app import build_app


class _AnnouncingServer(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start; then print the one line `ticket desk ready on http://HOST:PORT`."""
        await super().startup(sockets)
        host, port = (sockets or [])[0].getsockname()[:2]
        print(f"ticket desk ready on http://{host}:{port}", flush=True)


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.second_target", description="Run the ticket desk.")
    parser.add_argument("--port", type=int, default=0, help="where to listen; 0 takes a free port")
    port = parser.parse_args().port
    config = uvicorn.Config(build_app(), ws="none", log_level="warning", access_log=False)
    with socket.create_server(("127.0.0.1", port)) as listening:
        _AnnouncingServer(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
