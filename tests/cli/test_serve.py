"""Written pages are shown on this machine only, and nothing outside the folder."""

from __future__ import annotations

import http.client
import threading

import pytest

from sanfu.cli.serve import make_server


@pytest.fixture
def server(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "报告.html").write_text("<p>十六区</p>", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("no", encoding="utf-8")
    server = make_server(tmp_path / "out", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def get(server, path, host="127.0.0.1"):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body


def test_a_page_is_served_with_its_headers(server):
    answer, body = get(server, "/%E6%8A%A5%E5%91%8A.html")

    assert answer.status == 200
    assert "十六区" in body
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_nothing_above_the_folder_is_served(server):
    assert get(server, "/../secret.txt")[0].status == 404


def test_another_host_name_is_refused(server):
    assert get(server, "/", host="evil.example")[0].status == 403


def test_it_listens_on_this_machine_only(server):
    assert server.server_address[0] == "127.0.0.1"
