"""Live search: docs/agents/search.md, with services on this machine that speak the documented formats.

A research session over them comes to a report that quotes what was fetched; what a page must not make a worker
ask is not asked.
"""

import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from trials.agent_pool import task

QUESTION = "How does a write-ahead log survive a crash?"
PAGES = {
    "/wal": (
        "Write-ahead logging", "A write-ahead log makes every change durable before it is applied "
        "to the database, so that a crash loses nothing that was acknowledged.",
        "After a crash the log is read from its last checkpoint, and every change that the pages "
        "of the database miss is applied again."),
    "/checkpoints": (
        "Checkpoints of a log", "A checkpoint bounds how much of the write-ahead log has to be read "
        "after a crash, because everything before it is in the database already.",
        "Checkpoints that are far apart make recovery after a crash slow, and checkpoints that "
        "are close together make writing slow."),
}
ABSTRACT = (
    "We measure how a write-ahead log survives a crash of its machine. Recovery reads the log from "
    "the last checkpoint and takes as long as the log is behind the database.")
ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title type="html">ArXiv Query</title><id>http://arxiv.org/api/x</id>
  <entry><id>http://arxiv.org/abs/2301.00001v1</id><published>2023-01-01T18:00:00Z</published>
    <title>Crash recovery with a write-ahead log</title><summary>{abstract}</summary>
    <author><name>Ada Example</name></author>
    <link href="http://arxiv.org/abs/2301.00001v1" rel="alternate" type="text/html"/></entry>
</feed>"""


class World(BaseHTTPRequestHandler):
    """SearXNG, arXiv, OpenAlex, and the pages that they name."""

    protocol_version = "HTTP/1.1"
    asked = []

    def do_GET(self):
        place = urllib.parse.urlsplit(self.path)
        World.asked.append((place.path, self.headers.get("user-agent", "")))
        if place.path == "/searxng/search":
            self.answer("application/json", json.dumps(self.results()))
        elif place.path == "/arxiv":
            self.answer("application/atom+xml", ATOM.format(abstract=ABSTRACT))
        elif place.path == "/openalex":
            self.answer("application/json", json.dumps({"meta": {"count": 0}, "results": []}))
        elif place.path in PAGES:
            title, *passages = PAGES[place.path]
            text = "".join(f"<p>{passage}</p>" for passage in passages)
            self.answer("text/html; charset=utf-8", (
                f"<!DOCTYPE html><html><head><title>{title}</title></head>"
                f"<body><main><h1>{title}</h1>{text}</main></body></html>"))
        elif place.path == "/elsewhere":
            self.answer("text/plain", "", 302, {"location": "http://169.254.169.254/latest/"})
        else:
            self.answer("text/plain", "not here", 404)

    def results(self):
        places = [*PAGES, "/elsewhere", "http://[::1]:1/private"]
        found = [place if "://" in place else self.url(place) for place in places]
        return {
            "query": "q", "number_of_results": 0, "answers": [], "corrections": [],
            "infoboxes": [], "suggestions": [], "unresponsive_engines": [],
            "results": [
                {"url": url, "title": f"Write-ahead log and crash {index}", "engine": "x",
                 "content": "How a write-ahead log survives a crash.", "category": "general",
                 "score": 1.0, "publishedDate": None}
                for index, url in enumerate(found)]}

    def url(self, path):
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def answer(self, kind, text, status=200, headers=None):
        body = text.encode()
        self.send_response(status)
        for name, value in {
                "content-type": kind, "content-length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def check(pool):
    server = ThreadingHTTPServer(("127.0.0.1", 0), World)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        with pool.step("from nothing to a search done"):
            settings = pool.file("search.yaml", f"""
                contact: https://example.org/bot
                services:
                  searxng: {{url: "{base}/searxng", seconds_between_requests: 0}}
                  arxiv: {{url: "{base}/arxiv", seconds_between_requests: 0}}
                  openalex: {{url: "{base}/openalex", seconds_between_requests: 0}}
                web_search: [searxng, arxiv]
                pages: {{allow_addresses: [127.0.0.1], seconds_between_requests: 0}}
                """)
            pool.worker("w1", "--search-file", str(settings))
            done = pool.run(task("t", "web_search", parameters={"query": QUESTION}))
            paths = [hit["path"] for hit in done["t"]["payload"]["hits"]]
            pool.expect("its first hits", paths[:2], [
                f"{base}/wal", "http://arxiv.org/abs/2301.00001v1"])
        with pool.step("a whole session, to its report"):
            done = pool.run(
                task("plan", "planning", extends_session=True,
                     parameters={"question": QUESTION, "max_sources": 5}),
                query=QUESTION, config={"max_retry_attempts": 0}, within=120)
            report(pool, base, done)
        with pool.step("papers alone"):
            done = pool.run(task("t", "academic_search", parameters={"query": QUESTION}))
            pool.expect(
                "its hits", [hit["path"] for hit in done["t"]["payload"]["hits"]],
                ["http://arxiv.org/abs/2301.00001v1"])
        agents = {agent for _, agent in World.asked}
        pool.expect("who asked", all("(+https://example.org/bot)" in each for each in agents), True)
    finally:
        server.shutdown()


def report(pool, base, done):
    """Sources are what was read; quotes are its words; what is private was not asked."""
    sources = {
        source["locator"]: entry
        for entry in done.values() for source in (entry.get("findings") or {}).get("sources", [])}
    pool.expect("the sources", set(sources), {
        f"{base}/wal", f"{base}/checkpoints", "http://arxiv.org/abs/2301.00001v1"})
    texts = [text for _, *passages in PAGES.values() for text in passages] + [ABSTRACT]
    quotes = [
        evidence["quote"]
        for insight in (done["analysis"].get("findings") or {}).get("insights", [])
        for evidence in insight["supporting_evidence"]]
    if not quotes:
        raise AssertionError("the analysis quotes nothing")
    for quote in quotes:
        if not any(quote in text for text in texts):
            raise AssertionError(f"this was not fetched: {quote}")
    failures = [
        execution["failure"]["code"]
        for name, entry in done.items() if name.startswith("extract")
        for execution in entry["task"]["executions"] if execution.get("failure")]
    pool.expect("what is private", sorted(set(failures)), ["address_refused"])
    pool.expect("the report", done["report"]["task"]["status"], "completed")
