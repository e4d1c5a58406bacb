"""One research session over three workers of three kinds: the research agent in Swift, agents in Python that read what
it has found, and a program that writes it down."""

import sys

from trials.agent_pool import ROOT, task

CORPUS = ROOT / "examples" / "corpus"
EXAMPLE = ROOT / "examples" / "agents" / "python" / "text_agents.py"
QUERY = "write-ahead log crash recovery"
# A program reads the task from its standard input, and writes the payload to its standard output.
PROGRAM = """
import json, sys
task = json.load(sys.stdin)
payloads = {each["task_id"]: each["payload"] for each in task["inputs"]}
terms = ", ".join(each["term"] for each in payloads["terms"]["terms"])
pairs = len(payloads["agreements"]["pairs"])
print(json.dumps({"summary": f"{task['query']} {terms}; {pairs} agreements"}))
"""


def check(pool):
    program = pool.file("summary.py", PROGRAM)
    with pool.step("three workers join"):
        pool.worker("swift", "--agents", "research", "--corpus", str(CORPUS))
        pool.python_worker("python", EXAMPLE)
        pool.agents_worker("program", f"""
agents:
  - name: summary
    capabilities: [summary]
    command: [{sys.executable}, {program}]
""")
    with pool.step("one session over all of them"):
        ended = pool.run(
            task("search", "web_search", parameters={"query": QUERY}),
            task("terms", "key_terms", ["search"]),
            task("agreements", "near_duplicates", ["search"], parameters={"alike": 60}),
            task("summary", "summary", ["terms", "agreements"]), query="What survives a crash?")
    workers = {
        name: entry["task"]["executions"][-1]["worker_id"] for name, entry in ended.items()}
    pool.expect("who did what", workers, {
        "search": "swift", "terms": "python", "agreements": "python", "summary": "program"})
    terms = [each["term"] for each in ended["terms"]["payload"]["terms"]]
    if not {"log", "recovery"} & set(terms):
        raise AssertionError(f"the log and its recovery are not among {terms}")
    summary = ended["summary"]["payload"]["summary"]
    pool.expect("the summary's beginning", summary.split(" ", 4)[:4], QUESTION_WORDS)


QUESTION_WORDS = ["What", "survives", "a", "crash?"]
