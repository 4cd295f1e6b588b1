"""The page on models of one's own: each piece of code runs, against what it names."""

from __future__ import annotations

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from sanfu.exchange import Need, Offer, match

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "embedder.md"
NEED = Need(id="n", title="古琴演奏培训")
OFFERS = [Offer(id="a", title="民族乐器课"), Offer(id="b", title="数控机床")]


def vectors(texts):
    """A toy of a model: music one way, all else the other."""
    return [[1.0, 0.0] if re.search("琴|乐器", text) else [0.0, 1.0] for text in texts]


@pytest.fixture
def code():
    found = re.findall(r"## ([^\n]+)\n.*?```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return {title.split(" / ")[0].strip(): text for title, text in found}


def made_by(text, **changes):
    names = {}
    exec(compile(text, str(PAGE), "exec"), names)
    model = names["make"]() if not changes else names["Server"](**changes)
    model.suitable = 0.9
    return model


def answers(model):
    return [(hit.offer, hit.similarity) for hit in match([NEED], OFFERS, embedder=model).hits]


def test_fastembed_is_called_as_it_is_made(code, monkeypatch):
    class TextEmbedding:
        def __init__(self, model_name, *, specific_model_path):
            assert specific_model_path.startswith("models/")
            self.name = model_name

        def embed(self, documents, batch_size=256, parallel=None):
            del batch_size, parallel
            assert isinstance(documents, list)
            yield from map(np.array, vectors(documents))

    stub = ModuleType("fastembed")
    stub.TextEmbedding = TextEmbedding
    monkeypatch.setitem(sys.modules, "fastembed", stub)

    assert answers(made_by(code["fastembed"])) == [("a", 1.0)]


def test_sentence_transformers_is_called_as_it_is_made(code, monkeypatch):
    class SentenceTransformer:
        def __init__(self, model_name_or_path, *, local_files_only):
            assert model_name_or_path.startswith("models/")
            assert local_files_only

        def encode(self, sentences, *, convert_to_numpy, show_progress_bar):
            assert convert_to_numpy
            assert not show_progress_bar
            return np.array(vectors(sentences))

    stub = ModuleType("sentence_transformers")
    stub.SentenceTransformer = SentenceTransformer
    monkeypatch.setitem(sys.modules, "sentence_transformers", stub)

    assert answers(made_by(code["sentence-transformers"])) == [("a", 1.0)]


class Answering(BaseHTTPRequestHandler):
    """A server that speaks the embeddings protocol, its rows out of order."""

    asked = 0

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked += 1
        assert self.path == "/v1/embeddings"
        assert body["model"] == "toy"
        assert len(body["input"]) <= 64
        rows = [{"index": i, "embedding": v} for i, v in enumerate(vectors(body["input"]))]
        said = json.dumps({"object": "list", "data": rows[::-1]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def server():
    held = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=held.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{held.server_port}"
    held.shutdown()
    held.server_close()
    thread.join()


def test_a_server_is_asked_in_parts_and_its_rows_put_in_order(code, server):
    model = made_by(code["内网服务器"], address=server, model="toy")
    many = [Offer(id=f"x{at}", title=f"机床{at}") for at in range(100)]

    found = match([NEED], [*many, *OFFERS], embedder=model)

    assert [hit.offer for hit in found.hits] == ["a"]
    assert Answering.asked >= 3


def test_the_page_tells_the_protocol_and_the_option():
    text = PAGE.read_text("utf-8")

    assert "--embedder office_model:make" in text
    assert all(word in text for word in ("`name`", "`suitable`", "`embed(texts)`"))
