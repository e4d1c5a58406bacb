"""The clients of the HTTP API, held against a server that fails them now and then."""

import asyncio

import pytest
from agent_scrivener import ConfigurationError
from agent_scrivener.client import (
    AsyncCoordinator,
    Coordinator,
    CoordinatorError,
    Problem,
    Unreachable,
)
from agent_scrivener.client.events import LineReader
from agent_scrivener.client.patience import CAP_SECONDS, Patience
from agent_scrivener.worker.secret_file import write_secret
from fake_api import FakeAPI, event

PLAN = {"query": "why?", "tasks": []}


@pytest.fixture
def api(monkeypatch):
    for name in ("SCRIVENER_COORDINATOR", "SCRIVENER_TOKEN_FILE", "SCRIVENER_CA_CERTIFICATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("agent_scrivener.client.patience.BASE_SECONDS", 0.01)
    fake = FakeAPI()
    yield fake
    fake.close()


class Both:
    """Either client, asked in the same way."""

    def __init__(self, kind, url, **settings):
        self.kind, self.url, self.settings = kind, url, settings

    def ask(self, name, *values, **named):
        if self.kind == "sync":
            with Coordinator(self.url, **self.settings) as coordinator:
                return getattr(coordinator, name)(*values, **named)

        async def ask():
            async with AsyncCoordinator(self.url, **self.settings) as coordinator:
                return await getattr(coordinator, name)(*values, **named)

        return asyncio.run(ask())

    def read(self, name, *values, **named):
        """A stream as a whole."""
        if self.kind == "sync":
            with Coordinator(self.url, **self.settings) as coordinator:
                return list(getattr(coordinator, name)(*values, **named))

        async def read():
            async with AsyncCoordinator(self.url, **self.settings) as coordinator:
                return [event async for event in getattr(coordinator, name)(*values, **named)]

        return asyncio.run(read())


@pytest.fixture(params=["sync", "async"])
def client(request, api):
    return lambda **settings: Both(request.param, api.url, **settings)


def test_a_session_is_submitted_with_a_key_of_its_own(api, client):
    api.says({"session_id": "s-1"}, 201)
    assert client().ask("submit", PLAN)["session_id"] == "s-1"
    method, path, headers, body = api.asked[0]
    assert (method, path, body) == ("POST", "/v1/sessions", PLAN)
    assert headers["Content-Type"] == "application/json"
    assert len(headers["Idempotency-Key"]) == 32


def test_a_submission_is_sent_again_under_its_key_until_somebody_answers(api, client):
    """A coordinator that is killed may have taken it: it must not be made twice."""
    api.hangs_up()
    api.says({"code": "starting"}, 503, Retry_After="0")
    api.says({"session_id": "s-1"}, 200)
    assert client().ask("submit", PLAN)["session_id"] == "s-1"
    assert len({headers["Idempotency-Key"] for _, _, headers, _ in api.asked}) == 1
    assert len(api.asked) == 3


def test_preferences_and_traces_are_passed_on(api, client):
    api.says({"session_id": "s-1"}, 201)
    client().ask("submit", PLAN, idempotency_key="k", wait=5, traceparent="00-a-b-01")
    headers = api.asked[0][2]
    assert (headers["Idempotency-Key"], headers["Prefer"], headers["traceparent"]) == (
        "k", "wait=5", "00-a-b-01")


def test_a_no_is_a_problem_with_its_code_and_its_mistakes(api, client):
    api.says({
        "code": "plan_invalid", "detail": "1 mistake",
        "errors": [{"pointer": "/tasks", "message": "is empty"}]}, 422)
    with pytest.raises(Problem) as problem:
        client().ask("submit", PLAN)
    assert (problem.value.status, problem.value.code) == (422, "plan_invalid")
    assert "/tasks is empty" in str(problem.value)


def test_patience_has_an_end(api, client):
    for _ in range(50):
        api.says({"code": "overloaded"}, 503)
    with pytest.raises(Problem) as problem:
        client(patience_seconds=0.05).ask("status")
    assert problem.value.code == "overloaded"


def test_nobody_there_is_told_when_patience_ends():
    fake = FakeAPI()
    fake.close()
    with pytest.raises(Unreachable):
        Both("sync", fake.url, patience_seconds=0).ask("status")


def test_a_list_is_its_elements(api, client):
    api.says({"workers": [{"worker_id": "w1"}]})
    assert client().ask("workers") == [{"worker_id": "w1"}]


def test_ids_are_escaped(api, client):
    api.says({})
    client().ask("drain_worker", "research/r1")
    assert api.asked[0][1] == "/v1/workers/research%2Fr1/drain"


def test_a_session_is_steered(api, client):
    for _ in range(6):
        api.says({})
    both = client()
    both.ask("pause", "s", mode="now")
    both.ask("set_priority", "s", 9)
    both.ask("set_priority", "s", 9, "t")
    both.ask("cancel", "s")
    both.ask("execute", "echo", {"a": 1}, timeout_seconds=5)
    both.ask("rerun", "s", only="all")
    assert [(path, body) for _, path, _, body in api.asked] == [
        ("/v1/sessions/s/pause", {"mode": "now"}),
        ("/v1/sessions/s/priority", {"priority": 9}),
        ("/v1/sessions/s/tasks/t/priority", {"priority": 9}),
        ("/v1/sessions/s/cancel", None),
        ("/v1/agents/echo/execute", {"parameters": {"a": 1}, "timeout_seconds": 5}),
        ("/v1/sessions/s/rerun", {"only": "all"})]


def test_all_sessions_are_read_page_by_page(api, client):
    api.says({"sessions": [{"session_id": "a"}], "next": "o1"})
    api.says({"sessions": [{"session_id": "b"}]})
    assert [each["session_id"] for each in client().read("all_sessions")] == ["a", "b"]
    assert "after=o1" in api.asked[1][1]


# Streams


def test_a_stream_that_breaks_off_is_taken_up_where_it_was(api, client):
    api.streams(("snapshot", {}, "j-0"), b"\n", ("task", {"task_id": "a"}, "j-1"))
    api.says({"code": "starting"}, 503, Retry_After="0")
    api.streams(("task", {"task_id": "b"}, "j-2"), ("progress",), ("end", {}, "j-2"))
    events = client().read("events", "s-1")
    assert [each.name for each in events] == ["snapshot", "task", "task", "progress", "end"]
    assert [headers.get("Last-Event-ID") for _, _, headers, _ in api.asked] == [
        None, "j-1", "j-1"]
    assert api.asked[0][2]["Accept"] == "application/x-ndjson"


def test_a_stream_may_be_begun_behind_an_event(api, client):
    api.streams(("end", {}, "j-9"))
    client().read("events", "s-1", since="j-8", log=True)
    assert api.asked[0][2]["Last-Event-ID"] == "j-8"
    assert "events=all%2Clog" in api.asked[0][1]


def test_a_line_that_is_cut_in_half_is_not_told(api, client):
    api.streams(("snapshot", {}, "j-0"), event("task", {}, "j-1")[:-9])
    api.streams(("task", {}, "j-1"), ("end", {}, "j-1"))
    assert [each.id for each in client().read("events", "s-1")] == ["j-0", "j-1", "j-1"]


def test_a_stream_that_says_no_is_not_asked_again(api, client):
    api.says({"code": "session_not_found"}, 404)
    with pytest.raises(Problem):
        client().read("events", "s-1")


def test_what_is_no_event_ends_the_stream(api, client):
    api.streams(b"hello\n")
    with pytest.raises(CoordinatorError):
        client().read("events", "s-1")


def test_a_session_is_waited_for():
    fake = FakeAPI()
    fake.says({"status": "in_progress"})
    fake.hangs_up()
    fake.says({"status": "completed"})
    assert Both("sync", fake.url).ask("wait", "s-1")["status"] == "completed"
    fake.says({"status": "in_progress"})
    with pytest.raises(TimeoutError):
        Both("sync", fake.url).ask("wait", "s-1", timeout=0)
    fake.streams(("progress",), ("end",))
    fake.says({"status": "failed"})
    assert Both("async", fake.url).ask("wait", "s-1")["status"] == "failed"
    fake.close()


def test_pieces_of_a_stream_may_be_cut_anywhere():
    content = event("task", {"text": "ü\u2028x"}, "1") + b"\n" + event("end")
    for size in range(1, 9):
        reader = LineReader()
        found = [
            each for start in range(0, len(content), size)
            for each in reader.feed(content[start:start + size])]
        assert [each.name for each in found] == ["task", "end"]
        assert found[0].data["text"] == "ü\u2028x"


# Access


def test_a_token_is_shown_and_never_printed(api, client, tmp_path):
    path = str(tmp_path / "token")
    write_secret(b"scr_secret\n", path)
    api.says({})
    both = client(token_file=path)
    both.ask("access")
    assert api.asked[0][2]["Authorization"] == "Bearer scr_secret"
    coordinator = Coordinator(api.url, token_file=path)
    assert "scr_secret" not in repr(vars(coordinator)["_access"])
    coordinator.close()


def test_a_token_that_others_can_read_is_not_used(api, tmp_path):
    path = tmp_path / "token"
    path.write_text("scr_secret")
    path.chmod(0o644)
    with pytest.raises(ConfigurationError):
        Coordinator(api.url, token_file=str(path))


def test_the_environment_says_where_the_coordinator_is(api, monkeypatch, tmp_path):
    path = str(tmp_path / "token")
    write_secret(b"scr_secret", path)
    monkeypatch.setenv("SCRIVENER_COORDINATOR", api.url)
    monkeypatch.setenv("SCRIVENER_TOKEN_FILE", path)
    api.says({"active_sessions": 0})
    with Coordinator() as coordinator:
        assert coordinator.status() == {"active_sessions": 0}
    assert api.asked[0][2]["Authorization"] == "Bearer scr_secret"


def test_an_address_that_is_none_is_refused():
    with pytest.raises(ValueError):
        Coordinator("hub:7411")


# Patience


def test_waits_grow_to_a_cap_and_begin_anew_after_a_while():
    patience = Patience(None)
    waits = [patience.next(now=0) for _ in range(200)]
    assert max(waits) <= CAP_SECONDS
    assert max(waits[:1]) <= 0.25
    patience.restored(1)
    assert patience._tries == 200
    patience.restored(CAP_SECONDS)
    assert patience._tries == 0


def test_patience_counts_from_the_beginning_of_the_outage():
    patience = Patience(10)
    assert patience.next(at_least=4, now=0) >= 4
    assert patience.next(at_least=4, now=5) >= 4
    assert patience.next(at_least=4, now=9) is None
    patience.restored(60)
    assert patience.next(at_least=4, now=100) >= 4
