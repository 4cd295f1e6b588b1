"""`OpenSearchIndex` against a stub.

No OpenSearch server can be installed where these tests run. The server below is a STUB: it answers
the documented requests that `OpenSearchIndex` sends, in the documented shapes, over real HTTP, and
scores with Lucene's BM25 as documented. It proves that both sides keep to the documents, not that a
real server does.
"""

from __future__ import annotations

import json
import math
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sanfu.errors import InputError
from sanfu.exchange import Condition, LocalIndex, Need, Offer, match, offer_frame
from sanfu.exchange.matching.opensearch import OpenSearchIndex, ServerFault

OFFERS = [
    Offer(id="a", firm="F1", name="甲", products=("隔膜涂布机",), district="杨浦区", staff=10),
    Offer(id="b", firm="F2", name="乙", scope="锂电池隔膜与涂布检测", industry="C3562", staff=99),
    Offer(id="c", firm="F3", name="丙", scope="反渗透膜", tiers=("srdi",), group="某集团"),
    Offer(id="d", firm="F4", name="丁", title="Lidar sensor", board="digital", kind="service"),
]
NEEDS = [
    Need(id="n1", title="锂电池隔膜涂布检测", problem="厚度偏差大"),
    Need(id="n2", title="激光雷达传感器", firm="F2", firm_name="乙"),
    Need(id="n3", title="膜", conditions=(Condition(kind="tier", values=("srdi",)),)),
    Need(id="n4", title="隔膜涂布", conditions=(Condition(kind="staff", least=50),)),
    Need(id="n5", title="隔膜涂布", conditions=(Condition(kind="industry", values=("356",)),)),
    Need(id="n6", title="反渗透膜", group="某集团"),
    Need(id="n7", title="隔膜", conditions=(Condition(kind="district", values=("杨浦区",)),)),
]


class Stub(BaseHTTPRequestHandler):
    """The stub; `held` maps id → document, `made` is the body of create index."""

    def log_message(self, *args):
        pass

    def answer(self, code, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

    def do_HEAD(self):
        self.seen.append(self.headers.get("Authorization"))
        self.answer(200 if self.made else 404)

    def do_PUT(self):
        self.made.update(json.loads(self.body()))
        self.answer(200, {"acknowledged": True, "index": self.path[1:]})

    def do_GET(self):
        self.answer(200, {"count": len(self.held)})

    def do_POST(self):
        kind = self.path.split("/")[-1].split("?")[0]
        self.answer(200, getattr(self, "post" + kind)(self.body()))

    def post_bulk(self, body):
        lines = [json.loads(line) for line in body.splitlines()]
        items = []
        for action, document in zip(lines[::2], lines[1::2], strict=True):
            one = action["create"]["_id"]
            item = {"_id": one, "status": 201}
            if one in self.held:
                item = {"_id": one, "status": 409, "error": {"type": "version_conflict"}}
            self.held.setdefault(one, document)
            items.append({"create": item})
        return {"errors": any("error" in i["create"] for i in items), "items": items}

    def words(self):
        return {one: document["terms"].split() for one, document in self.held.items()}

    def post_count(self, body):
        query = json.loads(body)["query"]
        return {"count": sum(self.passes(d, query) for d in self.held.values())}

    def post_termvectors(self, body):
        asked = json.loads(body)
        assert asked["term_statistics"] is True
        found = {}
        for term in set(asked["doc"]["terms"].split()):
            count = sum(term in words for words in self.words().values())
            found[term] = {"term_freq": 1} | ({"doc_freq": count} if count else {})
        return {"found": True, "term_vectors": {"terms": {"terms": found}}}

    def post_search(self, body):
        asked = json.loads(body)
        query, words = asked["query"]["bool"], self.words()
        similarity = self.made["settings"]["similarity"]["default"]
        k1, b, n = similarity["k1"], similarity["b"], len(words)
        mean = sum(map(len, words.values())) / n
        hits = []
        for one, document in self.held.items():
            if not all(self.passes(document, f) for f in query["filter"]):
                continue
            times, score = Counter(words[one]), 0.0
            for clause in query["should"]:
                term = clause["term"]["terms"]
                df = sum(term["value"] in held for held in words.values())
                tf = times[term["value"]]
                idf = math.log(1 + (n - df + 0.5) / (df + 0.5))
                length = k1 * (1 - b + b * len(words[one]) / mean)
                score += term["boost"] * idf * tf / (tf + length)
            if score > 0:
                source = {"record": document["record"]}
                hits.append({"_id": one, "_score": score, "_source": source})
        hits.sort(key=lambda hit: -hit["_score"])
        return {"hits": {"hits": hits[: asked["size"]]}}

    def passes(self, document, query):
        (kind, inner), *_ = query.items()
        if kind == "bool":
            return (
                all(self.passes(document, one) for one in inner.get("filter", ()))
                and not any(self.passes(document, one) for one in inner.get("must_not", ()))
                and (
                    not inner.get("minimum_should_match")
                    or any(self.passes(document, one) for one in inner["should"])
                )
            )
        (column, wanted), *_ = inner.items()
        value = document.get(column)
        if kind == "range":
            return value is not None and (
                wanted.get("gte", value) <= value <= wanted.get("lte", value)
            )
        if kind == "prefix":
            return value is not None and value.startswith(wanted)
        held = value if isinstance(value, list) else [value]
        return any(one in (wanted if kind == "terms" else [wanted]) for one in held)


@pytest.fixture
def server():
    stub = type("Fresh", (Stub,), {"held": {}, "made": {}, "seen": []})
    http = ThreadingHTTPServer(("127.0.0.1", 0), stub)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}", stub
    http.shutdown()
    http.server_close()
    thread.join()


def test_a_match_through_the_server_is_the_match_on_this_machine(server):
    index = OpenSearchIndex(server[0])
    index.add(offer_frame(OFFERS))

    remote, local = match(NEEDS, index), match(NEEDS, LocalIndex(OFFERS))

    columns = ["need", "offer", "rank", "reasons"]
    assert remote.frame.select(columns).equals(local.frame.select(columns))
    assert remote.frame["score"].to_list() == pytest.approx(local.frame["score"].to_list(), 1e-4)
    assert [u.need for u in remote.unanswered] == [u.need for u in local.unanswered]
    assert local.frame.height >= 6


def test_the_index_is_made_once_and_offers_come_later(server):
    OpenSearchIndex(server[0]).add(offer_frame(OFFERS[:1]))
    again = OpenSearchIndex(server[0])
    again.add(offer_frame(OFFERS[1:]))

    assert again.size() == 4


def test_an_id_already_held_is_said(server):
    index = OpenSearchIndex(server[0])
    index.add(offer_frame(OFFERS))

    with pytest.raises(InputError, match="例如 a"):
        index.add(offer_frame(OFFERS[:1]))


def test_the_account_is_sent(server):
    OpenSearchIndex(server[0], user="office", password="x")

    assert server[1].seen == ["Basic b2ZmaWNlOng="]


def test_a_server_that_does_not_answer_is_said_with_its_address(server):
    with pytest.raises(ServerFault, match=r"127\.0\.0\.1:1 "):
        OpenSearchIndex("http://127.0.0.1:1")


def test_an_address_that_is_none_is_refused():
    with pytest.raises(InputError, match="http://"):
        OpenSearchIndex("file:///etc/passwd")
