"""A search server of three nodes whose primary dies: nobody gets a wrong answer or none, and no write is lost."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

from marketplace.backends import search_server
from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import Position, SearchAway, SearchQuery
from marketplace.search.opensearch.engine import OpenSearchOffers
from marketplace.search.opensearch.indices import Indices
from scripts.search_server import server
from tests.cluster.test_cluster import told
from tests.search.conformance import DAY, offers


def test_the_loss_of_the_node_with_the_offers_costs_no_answer_and_no_write(tmp_path: Path) -> None:
    """Three nodes, readers and a writer, and the node that holds the primary is killed."""
    words = Catalogue(tmp_path, analyses=True)
    with server(3) as cluster:
        place = search_server({"SEARCH_URL": cluster.url()})
        assert place is not None
        index = OpenSearchOffers(place)
        held = list(offers(words.keys, 300))
        index.rebuild(held, Position(low=1)).swap()
        index.refresh()
        indices = Indices(place)
        indices.client.ask("GET", f"_cluster/health/{indices.alias}", wait_for_status="green", timeout="60s")
        done = threading.Event()
        totals: list[int] = []
        failed: list[str] = []
        slowest: list[float] = []

        def read() -> None:
            reader = OpenSearchOffers(place)
            while not done.is_set():
                begun = time.monotonic()
                try:
                    totals.append(reader.search(SearchQuery(day=DAY)).total)
                except SearchAway as error:
                    failed.append(str(error))
                slowest.append(time.monotonic() - begun)

        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        acknowledged, after, refused, change = set[int](), set[int](), 0, 300
        victim = ""
        begun = time.monotonic()
        while time.monotonic() - begun < 180 and len(after) < 10:
            change += 1
            fresh = replace(held[change % 300], id=change)
            try:
                index.write([fresh], (), Position(low=change))
                acknowledged.add(change)
                after |= {change} if victim else set()
            except SearchAway:
                refused += 1
            if not victim and len(acknowledged) > 5:
                victim = _node_of_the_primary(indices)
                next(node for node in cluster.nodes if node.name == victim).end(signal.SIGKILL)
        done.set()
        for thread in threads:
            thread.join()
        last = OpenSearchOffers(place)
        assert acknowledged <= set(last.ids())
        assert last.position().low >= max(acknowledged)
        assert 300 <= min(totals) <= max(totals) <= 300 + len(acknowledged) + refused
        told(
            "the node with the primary of the search killed",
            answers=len(totals), failed=len(failed), slowest=round(max(slowest), 2),
            writes_kept=len(acknowledged), refused=refused,
        )  # fmt: skip
        assert (failed, len(after)) == ([], 10)


def _node_of_the_primary(indices: Indices) -> str:
    """The name of the node that holds the primary of the served index."""
    state = indices.client.ask("GET", "_cluster/state/nodes,routing_table")
    nodes = {key: node["name"] for key, node in state["nodes"].items()}
    name = indices.served().name
    [copies] = state["routing_table"]["indices"][name]["shards"].values()
    return str(next(nodes[copy["node"]] for copy in copies if copy["primary"]))
