"""Search offers in an OpenSearch server, for when one machine is outgrown.

The terms are cut here and sent ready cut, so that they are the same as on one machine; the server
keeps them, filters by the hard conditions and scores with its BM25. Weights are sent as boosts
divided by the rarity that the server multiplies with, so the order is that of `LocalIndex`, but
for the server's coarser text lengths. Reasons, soft conditions and probabilities stay here.

Used of the documented protocol: create index, ``_bulk``, ``_count``, ``_termvectors`` with an
artificial document and term statistics, ``_search`` with ``dfs_query_then_fetch``
(docs.opensearch.org, API reference). Term statistics are those of one shard: the index has one.
"""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from sanfu.errors import InputError, SanfuError
from sanfu.exchange.matching.conditions import short_district
from sanfu.exchange.matching.index import Found
from sanfu.exchange.matching.inverted import rarity
from sanfu.exchange.matching.settings import Settings, shipped_settings
from sanfu.exchange.matching.terms import cut, fold, spell_terms
from sanfu.exchange.offers import OFFER_COLUMNS, offer_frame, offer_texts
from sanfu.language import Text

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sanfu.exchange.matching.query import Query
    from sanfu.exchange.needs import Condition

_BATCH = 1000
_LETTERS = "ABCDEFGHIJKLMNOPQRST"


class ServerFault(SanfuError):
    """The search server cannot be reached, or refused a request."""

    def __init__(self, address: str, said: str) -> None:
        super().__init__(
            Text(
                f"检索服务 {address} 不可用：{said}。请检查地址、账号，或改用本机检索。",
                f"the search server {address} cannot be used: {said}. "
                "Check address and account, or search on this machine.",
            )
        )


class OpenSearchIndex:
    """Offers in an OpenSearch index; the index is made when it is not there.

    Parameters
    ----------
    address
        Such as ``https://search.office.example:9200``.
    name
        The index's name, lower case.
    user, password
        For basic authentication, where the server asks for it.
    tls
        A context with the office's own certificates, where needed.
    """

    def __init__(
        self,
        address: str,
        name: str = "sanfu-offers",
        *,
        user: str = "",
        password: str = "",
        tls: ssl.SSLContext | None = None,
        timeout_s: float = 30.0,
        settings: Settings | None = None,
    ) -> None:
        if not address.startswith(("http://", "https://")):
            raise InputError(
                Text(
                    f"地址“{address}”应以 http:// 或 https:// 开头。",
                    f"the address “{address}” should begin with http:// or https://.",
                )
            )
        self._address, self._name = address.rstrip("/"), name
        self._tls, self._timeout_s = tls, timeout_s
        self._headers = {"Content-Type": "application/json"}
        if user:
            token = base64.b64encode(f"{user}:{password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"
        settings = settings or shipped_settings()
        if self._ask("HEAD", f"/{name}", missing=True) is None:
            self._ask("PUT", f"/{name}", _mapping(settings.k1, settings.b))

    def add(self, offers: pl.DataFrame) -> None:
        """Send offers; they can be found when this returns.

        Raises
        ------
        InputError
            An id is missing, stands twice, or is already held.
        ServerFault
            The server refused.
        """
        offers = offer_frame(offers)
        for part in offers.iter_slices(_BATCH):
            lines = []
            for row, text in zip(part.iter_rows(named=True), offer_texts(part), strict=True):
                lines.append(json.dumps({"create": {"_id": row["offer"]}}))
                lines.append(json.dumps(_document(row, text), ensure_ascii=False))
            answer = self._ask(
                "POST",
                f"/{self._name}/_bulk?refresh=wait_for",
                raw="\n".join(lines) + "\n",
            )
            failed = [item["create"] for item in answer["items"] if "error" in item["create"]]
            if failed:
                ids = "、".join(item["_id"] for item in failed[:5])
                raise InputError(
                    Text(
                        f"{len(failed)} 个供给没有写入（编号已有，或被服务拒绝），例如 {ids}。",
                        f"{len(failed)} offers were not taken (their ids are held already, or "
                        f"the server refused them), for example {ids}.",
                    )
                )

    def size(self) -> int:
        """Give the number of offers."""
        return int(self._ask("GET", f"/{self._name}/_count")["count"])

    def frequency(self, terms: NDArray[np.uint64], spelled: Mapping[int, str]) -> NDArray[np.int64]:
        """Count in how many offers each term stands."""
        words = [spelled[code] for code in terms.tolist()]
        answer = self._ask(
            "POST",
            f"/{self._name}/_termvectors",
            {
                "doc": {"terms": " ".join(words)},
                "fields": ["terms"],
                "term_statistics": True,
                "field_statistics": False,
                "positions": False,
                "offsets": False,
            },
        )
        held = answer.get("term_vectors", {}).get("terms", {}).get("terms", {})
        return np.array([int(held.get(word, {}).get("doc_freq", 0)) for word in words])

    def search(self, query: Query, *, top: int, hard: Sequence[Condition] = ()) -> Found:
        """Find the best offers that meet all hard conditions."""
        filters = [_filter(condition) for condition in hard]
        told = self._ask("POST", f"/{self._name}/_count", {"query": {"bool": {"filter": filters}}})
        if not len(query.terms):
            return Found(offer_frame(()), np.empty(0), int(told["count"]))
        scale = rarity(self.frequency(query.terms, query.spelled), self.size())
        should = [
            {"term": {"terms": {"value": query.spelled[code], "boost": weight}}}
            for code, weight in zip(
                query.terms.tolist(), (query.weights / scale).tolist(), strict=True
            )
        ]
        answer = self._ask(
            "POST",
            f"/{self._name}/_search?search_type=dfs_query_then_fetch",
            {
                "size": top,
                "_source": ["record"],
                "query": {"bool": {"filter": filters, "should": should, "minimum_should_match": 1}},
            },
        )
        hits = answer["hits"]["hits"]
        records = [hit["_source"]["record"] for hit in hits]
        frame = pl.DataFrame(records, schema=OFFER_COLUMNS, orient="row")
        return Found(
            offer_frame(frame),
            np.array([float(hit["_score"]) for hit in hits]),
            int(told["count"]),
        )

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        raw: str | None = None,
        missing: bool = False,
    ) -> Any:
        data = raw if raw is not None else None if body is None else json.dumps(body)
        headers = dict(self._headers)
        if raw is not None:
            headers["Content-Type"] = "application/x-ndjson"
        request = urllib.request.Request(  # noqa: S310 - http or https, checked on making
            self._address + path,
            method=method,
            data=None if data is None else data.encode(),
            headers=headers,
        )
        try:
            with urllib.request.urlopen(  # noqa: S310 - as above
                request, timeout=self._timeout_s, context=self._tls
            ) as answer:
                content = answer.read()
                return json.loads(content) if content else {}
        except urllib.error.HTTPError as error:
            error.close()
            if missing and error.code == 404:
                return None
            raise ServerFault(self._address, f"HTTP {error.code}") from None
        except (urllib.error.URLError, TimeoutError, ValueError) as error:
            raise ServerFault(self._address, type(error).__name__) from None


def _mapping(k1: float, b: float) -> dict[str, Any]:
    keyword, number = {"type": "keyword"}, {"type": "long"}
    return {
        "settings": {
            "number_of_shards": 1,
            "similarity": {"default": {"type": "BM25", "k1": k1, "b": b}},
            "analysis": {"analyzer": {"ready": {"type": "custom", "tokenizer": "whitespace"}}},
        },
        "mappings": {
            "dynamic": "strict",
            "properties": {
                "terms": {"type": "text", "analyzer": "ready"},
                "record": {"type": "object", "enabled": False},
                **dict.fromkeys(
                    ("offer", "firm", "name", "group", "board", "district", "letter", "digits"),
                    keyword,
                ),
                **dict.fromkeys(("tiers", "qualifications"), keyword),
                **dict.fromkeys(("staff", "revenue", "capacity"), number),
            },
        },
    }


def _document(row: Mapping[str, Any], text: str) -> dict[str, Any]:
    spelled = spell_terms(text)
    codes, _ = cut([text])
    industry = row["industry"] or ""
    found = {
        "terms": " ".join(spelled[code] for code in codes.tolist()),
        "record": dict(row),
        "letter": industry[:1],
        "digits": industry.lstrip(_LETTERS),
        "tiers": [fold(one) for one in row["tiers"] or ()],
        "qualifications": [fold(one) for one in row["qualifications"] or ()],
        "district": short_district(row["district"] or ""),
    }
    plain = ("offer", "firm", "name", "group", "board", "staff", "revenue", "capacity")
    return found | {name: row[name] for name in plain if row[name] is not None}


def _filter(condition: Condition) -> dict[str, Any]:
    """Say a hard condition in the server's query language; unknown values do not pass."""
    kind, values = condition.kind, list(condition.values)
    if kind in ("staff", "revenue", "capacity"):
        edges = {"gte": condition.least, "lte": condition.most}
        return {"range": {kind: {name: at for name, at in edges.items() if at is not None}}}
    if kind in ("tier", "qualification"):
        column = "tiers" if kind == "tier" else "qualifications"
        return {"terms": {column: [fold(value) for value in values]}}
    if kind == "industry":
        ways: list[dict[str, Any]] = []
        for value in values:
            digits = value.lstrip(_LETTERS)
            ways.append({"prefix": {"digits": digits}} if digits else {"term": {"letter": value}})
        return {"bool": {"should": ways, "minimum_should_match": 1}}
    if kind in ("exclude_firm", "exclude_group"):
        columns = ("firm", "name", "offer") if kind == "exclude_firm" else ("group",)
        return {"bool": {"must_not": [{"terms": {column: values}} for column in columns]}}
    return {"terms": {kind: list(map(short_district, values)) if kind == "district" else values}}
