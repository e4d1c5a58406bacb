"""The ten questions of docs/operating.md: what is clicked from the first page on, and where the
answer stands then. The tests ask them, and the pictures show them.
"""

import re
from dataclasses import dataclass

import plans
from pool import Pool

CLICKS_AT_MOST = 2


@dataclass
class Question:
    name: str
    asked: str
    clicks: list
    answer: callable
    says: list


def link(name):
    return lambda page: page.get_by_role("navigation").get_by_role("link", name=name)


def session(name):
    return lambda page: page.locator(f'a[href="#/sessions/{name}"]')


def tab(name):
    return lambda page: page.get_by_role("tab", name=name)


def place(selector):
    return lambda page: page.locator(selector)


def panel(title):
    return lambda page: page.locator("section.panel").filter(
        has=page.get_by_role("heading", name=title))


def row(name):
    return lambda page: page.get_by_role("row").filter(has_text=name)


def worker(name):
    return lambda page: page.get_by_role("region", name=f"Worker {name}")


def drain_of(name):
    return lambda page: worker(name)(page).get_by_role("button", name="Drain")


QUESTIONS = [
    Question("waiting", "Why is my task waiting?", [link("Queue")], place('[data-queue="pages"]'),
             ["no worker offers the capability translation", "slots for the agent echo",
              "Moves when"]),
    Question("held-up", "What holds my session up?", [session("pages"), tab("Diagnosis")],
             panel("What held it up"), ["critical path", "slots of echo"]),
    Question("failed", "What failed, and why?", [session("nightly"), tab("Tasks")], row("grade"),
             ["failed", "failed as asked"]),
    Question("retried", "Did a retry happen, and why?", [session("nightly"), tab("Tasks")],
             row("split"), ["completed", "attempt 1: failed as asked"]),
    Question("left", "What is left to do?", [session("pages")], place(".legend"),
             ["ready", "running", "completed"]),
    Question("cost", "What did it cost, in time?", [session("nightly"), tab("Diagnosis")],
             panel("Agents"), ["echo", "Run time"]),
    Question("slow", "Which worker is slow?", [link("Workers")], worker("slow"),
             [re.compile(r"p95"), re.compile(r"echo.*\d s")]),
    Question("users", "Who uses the pool?", [], row("Read all pages"), ["running"]),
    Question("healthy", "Is the pool healthy?", [link("Workers")], worker("quick"),
             ["connected", "closed"]),
    Question("drain", "Can I stop a worker safely?", [link("Workers"), drain_of("slow")],
             place("#confirm"), ["finishes what it runs, and leaves"]),
]


class Scene:
    """A pool in which each of them has an answer: one worker is three times as slow."""

    WORKERS = {"quick": ["--slots", "2"], "slow": ["--slots", "2", "--echo-slowdown", "3"]}

    def __init__(self, binaries):
        self.pool = Pool(binaries, workers=self.WORKERS)

    def __enter__(self):
        pool = self.pool.__enter__()
        pool.submit(nightly())
        pool.wait_for_end("nightly")
        pool.submit(pages())
        pool.submit(plans.long("small", 40))
        pool.wait_until(lambda: self.completed("pages") > 3, "some pages")
        return pool

    def __exit__(self, *_):
        self.pool.__exit__()

    def completed(self, name):
        return self.pool.session(name)["progress"]["completed_tasks"]


def nightly():
    once = {"fail": "transient", "fail_attempts": 1}
    tasks = [plans.echo("fetch", 0.4), plans.echo("split", 0.2, ["fetch"], parameters=once)]
    tasks += [plans.echo(f"embed-{number}", 0.5, ["split"]) for number in range(6)]
    tasks += [plans.echo("grade", 0.2, ["split"], parameters={"fail": "permanent"}),
              plans.echo("report", 0.2, ["grade"])]
    return {"session_id": "nightly", "query": "Nightly evaluation of the handbook", "tasks": tasks}


def pages():
    tasks = [plans.echo(f"page_{number:02}", 0.8 if number < 8 else 120) for number in range(24)]
    tasks.append({"task_id": "translate", "task_type": "translation"})
    return {"session_id": "pages", "query": "Read all pages", "tasks": tasks}


__all__ = ["CLICKS_AT_MOST", "QUESTIONS", "Scene"]
