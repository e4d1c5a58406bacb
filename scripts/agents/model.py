"""Models as agents: against an endpoint whose models are scripts, from a first answer to everything that goes wrong."""

import json
import subprocess
import sys

from trials.agent_pool import PATIENCE, ROOT, task
from trials.model_endpoint import Endpoint

KEY = "sk-local-0123456789"
QUESTION = "How do SQLite and PostgreSQL survive a crash?"
ONCE = {"retry": {"max_retry_attempts": 0}}
COUNT = "import json, sys; print(len(json.load(sys.stdin)['parameters']['text'].split()))"
SCORE = {
    "type": "object", "properties": {"score": {"type": "integer", "minimum": 0, "maximum": 10}},
    "required": ["score"], "additionalProperties": False}


def check(pool):
    with Endpoint(key=KEY) as endpoint:
        key = pool.file("key", KEY + "\n")
        key.chmod(0o600)
        with pool.step("from nothing to an answer"):
            pool.agents_worker("models", agents(endpoint, key))
            first_answer(pool)
        tools(pool, endpoint)
        structured(pool, endpoint)
        patience(pool, endpoint)
        failures(pool, endpoint)
        cancelled(pool, endpoint)
        for line in pool.log("models").splitlines():
            if KEY in line:
                raise AssertionError(f"the key is in the log: {line}")
        research(pool, endpoint, key)


def agents(endpoint, key):
    def model(name, script=None, **fields):
        return {"name": name, "model": {
            "url": endpoint.url, "model": script or name, "api_key_file": str(key),
            "prompt": "{{parameters.text}}", **fields}}

    count = {
        "type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"],
        "additionalProperties": False}
    tool = {"agent": "counter", "name": "count", "description": "Counts words.", "parameters": count}
    wrong = pool_file_of(key, "wrong-key")
    return json.dumps({"agents": [
        model("echo", system="Be brief.", prices={"input": 2, "cached_input": 1, "output": 10},
              prompt="{{query}}: {{#inputs}}{{payload}} {{/inputs}}{{parameters.text}}"),
        model("whole", "echo", stream=False),
        {"name": "counter", "command": [sys.executable, "-c", COUNT]},
        model("tools", tools=[tool]),
        model("never-done", tools=[tool], max_tool_rounds=2),
        model("clumsy", schema=SCORE),
        model("hopeless", schema=SCORE, max_corrections=1, response_format="none"),
        model("busy"), model("overbooked"), model("loading"), model("dropping"),
        model("garbage"), model("oversize", max_output_bytes=65536), model("slow"),
        model("silent", idle_timeout_seconds=1, max_tries=1), model("cut"),
        model("unknown", "no-such-model"),
        {"name": "locked-out", "model": {
            "url": endpoint.url, "model": "echo", "api_key_file": str(wrong), "prompt": "hello"}},
    ]})


def pool_file_of(key, name):
    wrong = key.with_name(name)
    wrong.write_text("sk-wrong-9876543210")
    wrong.chmod(0o600)
    return wrong


def ask(pool, agent, text="hello", **fields):
    """One task of an agent; its entry among the results."""
    return pool.run(task(
        "t", "model", assigned_agent=agent, parameters={"text": text}, **fields))["t"]


def first_answer(pool):
    entry = ask(pool, "echo", "three words more")
    pool.expect("an answer", entry.get("payload"), "agents-check: three words more")
    usage = entry["task"]["executions"][-1]["usage"]
    pool.expect(
        "what it cost", (usage["input_tokens"], usage["output_tokens"], usage["cost_micros"]),
        (100, 20, 60 * 2 + 40 * 1 + 20 * 10))


def tools(pool, endpoint):
    with pool.step("a tool that it has, and one that it has not"):
        said = ask(pool, "tools")["payload"].split(" | ")
        pool.expect("the result of the tool", said[0], "3")
        pool.expect("the other tool", json.loads(said[1])["error"]["code"], "no_such_tool")
        names = [each["function"]["name"] for each in endpoint.asked("tools")[0]["tools"]]
        pool.expect("the tools that it was told of", names, ["count"])
    with pool.step("a model that never stops calling"):
        pool.expect_failure(ask(pool, "never-done"), "permanent", "invalid_output")
        pool.expect("requests", len(endpoint.asked("never-done")), 3)


def structured(pool, endpoint):
    with pool.step("an answer that is as its schema says, at the third try"):
        pool.expect("the answer", ask(pool, "clumsy")["payload"], {"score": 7})
        requests = endpoint.asked("clumsy")
        pool.expect("requests", len(requests), 3)
        pool.expect(
            "the schema", requests[0]["response_format"]["json_schema"]["schema"], SCORE)
    with pool.step("an answer that never is"):
        entry = ask(pool, "hopeless")
        pool.expect_failure(entry, "permanent", "invalid_output")
        # What was thrown away was paid for.
        pool.expect("tokens", entry["task"]["executions"][-1]["usage"]["input_tokens"], 200)
        pool.expect(
            "no response format", "response_format" in endpoint.asked("hopeless")[0], False)


def patience(pool, endpoint):
    with pool.step("429 with Retry-After, 503, a stream that breaks off, an answer as a whole"):
        for agent, text in [
                ("busy", "at last"), ("loading", "loaded"), ("dropping", "a whole answer"),
                ("whole", "hello")]:
            entry = ask(pool, agent, **ONCE)
            pool.expect(agent, entry.get("payload"), text)
            pool.expect("attempts", len(entry["task"]["executions"]), 1)
        pool.expect("requests of the one that was busy", len(endpoint.asked("busy")), 2)


def failures(pool, endpoint):
    with pool.step("what fails, and whose fault it is"):
        for agent, failure_class, code in [
                ("overbooked", "transient", "answer_429"),
                ("garbage", "permanent", "invalid_output"),
                ("oversize", "permanent", "output_too_large"),
                ("silent", "transient", "service_timeout"),
                ("cut", "permanent", "output_cut"),
                ("unknown", "permanent", "answer_404")]:
            pool.expect_failure(ask(pool, agent, **ONCE), failure_class, code)
        failure = pool.expect_failure(ask(pool, "locked-out"), "permanent", "answer_401")
        if "sk-wrong" in failure["message"]:
            raise AssertionError(f"the key is in the failure: {failure['message']}")
        entry = pool.run(task("t", "model", assigned_agent="echo", parameters={}))["t"]
        pool.expect_failure(entry, "invalid_input", "template_value_missing")


def cancelled(pool, endpoint):
    with pool.step("cancelled in the middle of an answer: its connection is closed"):
        # Those that were too large and too silent have left already.
        endpoint.broken_off.clear()
        session = pool.submit(task(
            "t", "model", assigned_agent="slow", parameters={"text": "tell me"}))
        pool.wait("it is asked", lambda: endpoint.asked("slow"))
        pool.api.request("POST", f"/v1/sessions/{session}/cancel")
        pool.wait("the session is cancelled", lambda: (
            pool.get(f"/v1/sessions/{session}") or {}).get("status") == "cancelled")
        if not endpoint.broken_off.wait(PATIENCE):
            raise AssertionError("the model still talks")


def research(pool, endpoint, key):
    described = pool.file("research.yaml", json.dumps({"agents": [{
        "name": "researcher", "model": {
            "url": endpoint.url, "model": "researcher", "api_key_file": str(key),
            "research": True}}]}))
    pool.worker(
        "research", "--corpus", str(ROOT / "examples" / "corpus"), "--agents-file",
        str(described))
    with pool.step("research with a model"):
        results, report = research_run(pool, "researcher")
        for kind in ("content_analysis", "drafting"):
            did = payload(results, kind)["model"]
            pool.expect(kind, (did["taken"], did["left_out"]), (2, 3))
        queries = [each["query"] for each in payload(results, "planning")["queries"]]
        if "write-ahead log checkpoint recovery" not in queries:
            raise AssertionError(f"the model's search is not made: {queries}")
        checks = {
            each["name"]: (each["passed"], each["total"])
            for each in payload(results, "quality_review")["checks"]}
        pool.expect("statements", checks["supported"], (4, 4))
        pool.expect("verbatim", checks["verbatim"][0], checks["verbatim"][1])
        pool.expect("judged", checks["judged"][1] - checks["judged"][0], 1)
        if "Tuesdays" in report or "Made of nothing" in report or "Believe me" in report:
            raise AssertionError("the report says what the model has made up")
        if "Summary by a language model" not in report:
            raise AssertionError("the report does not say whose words its summary is")
    with pool.step("the same without"):
        before = len(endpoint.asked("researcher"))
        _, report = research_run(pool, "none")
        pool.expect("requests", len(endpoint.asked("researcher")), before)
        if "No language model took part" not in report:
            raise AssertionError("the report does not say that no model took part")
    with pool.step("a model that nobody has"):
        code, said = scrivener(
            pool, "research", QUESTION, "--model", "other", "--unplaceable-after", "2")
        pool.expect("the exit code", code, 2)
        if "model:other" not in said:
            raise AssertionError(f"it is not said what is missing: {said}")


def research_run(pool, model):
    out = pool.folder / f"report-{model}"
    code, said = scrivener(
        pool, "research", QUESTION, "--max-sources", "6", "--model", model, "--out", str(out),
        "--timeout", "120")
    if code != 0:
        raise AssertionError(f"research ended with {code}: {said}")
    return json.loads((out / "results.json").read_text()), (out / "report.md").read_text()


def payload(results, kind):
    return next(
        each["payload"] for each in results["tasks"] if each["task"]["task_type"] == kind)


def scrivener(pool, *arguments):
    outcome = subprocess.run(
        [str(pool.bin / "scrivener"), *arguments, "--coordinator", pool.url],
        capture_output=True, text=True, timeout=180)
    return outcome.returncode, outcome.stdout + outcome.stderr
