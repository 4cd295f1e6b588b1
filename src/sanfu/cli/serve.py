"""`sanfu serve`: show a folder of written pages in the browser, on this machine only."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import typer

from sanfu.cli.app import fail, say, t


class LocalPages(SimpleHTTPRequestHandler):
    """Files of one folder, read only, with headers that let nothing be fetched from elsewhere."""

    def end_headers(self) -> None:
        """Add the headers that every answer carries."""
        self.send_header("Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def send_head(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - the base's own type
        """Answer only a request that names this machine, so that no other site can read pages."""
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        if host not in {"127.0.0.1", "localhost"}:
            self.send_error(403)
            return None
        return super().send_head()

    def log_message(self, *_: object) -> None:
        """Say nothing for each request."""


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """Make the server for a folder; port 0 takes a free one."""
    handler = partial(LocalPages, directory=str(folder))
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


def register(app: typer.Typer) -> None:
    """Add the command to the root."""

    @app.command(
        "serve",
        help=t("在浏览器里查看结果（只在本机）", "show results in a browser (this machine only)"),
    )
    def _serve(
        folder: Path = typer.Argument(
            Path(), help=t("工作区或结果文件夹", "workspace or folder of results")
        ),
        port: int = typer.Option(8765, help=t("端口", "port")),
    ) -> None:
        if not folder.is_dir():
            raise fail(
                t(
                    f"没有文件夹 {folder}。先运行 make demo，或给出工作区。",
                    f"no folder {folder}; run `make demo` first, or name a workspace.",
                )
            )
        server = make_server(folder, port)
        say(
            f"http://127.0.0.1:{server.server_address[1]}/   "
            + t("按 Ctrl-C 停止", "Ctrl-C stops it")
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()
