"""Takes the pictures of the documentation again: docs/images/dashboard.

Run by `scripts/dashboard-check --pictures`. What they show is a real pool at work.
"""

import io
import re
import sys
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import plans  # noqa: E402
from pool import ROOT, binaries  # noqa: E402
from questions import QUESTIONS, Scene  # noqa: E402
from story import World, expect  # noqa: E402

FOLDER = ROOT / "docs/images/dashboard"
BYTES_AT_MOST = 150_000
QUESTION = "How do SQLite and PostgreSQL survive a crash?"


def pipeline(session):
    """Thirty tasks of an imaginary evening: some are slow, one fails, one cannot be placed."""
    tasks = [plans.echo("collect", 1), plans.echo("check-licences", 2, ["collect"])]
    for number in range(1, 7):
        tasks += [
            plans.echo(f"fetch-{number}", 0.5 + number * 0.4, ["collect"]),
            plans.echo(f"parse-{number}", 0.8 + (number * 7) % 5 * 0.5, [f"fetch-{number}"]),
            plans.echo(f"embed-{number}", 1.5 + (number * 3) % 4, [f"parse-{number}"]),
        ]
    tasks += [
        {"task_id": "thumbnails", "task_type": "broken_work", "dependencies": ["fetch-3"]},
        plans.echo("gallery", 1, ["thumbnails"]),
        {"task_id": "translate", "task_type": "translation", "dependencies": ["parse-5"]},
        plans.echo("index", 5, [f"embed-{number}" for number in range(1, 4)]),
        plans.echo("rank", 4, [f"embed-{number}" for number in range(4, 7)]),
        plans.echo("publish", 2, ["index", "rank", "check-licences"]),
    ]
    return {"session_id": session, "query": "Nightly refresh of the catalogue", "tasks": tasks}


class Photographer:
    def __init__(self):
        World.start()
        self.pool = World.pool

    def research(self):
        return self.pool.submit({"query": QUESTION, "tasks": [
            {"task_id": "plan", "task_type": "planning", "assigned_agent": "planner",
             "parameters": {"question": QUESTION}, "extends_session": True}]})

    def open(self, address, scheme="light", base=None, height=740):
        context = World.browser.new_context(
            viewport={"width": 1180, "height": height}, color_scheme=scheme)
        page = context.new_page()
        page.goto(f"{base or World.base}/#{address}")
        return page

    def questions(self):
        """Of each of the ten what is seen after its clicks."""
        with Scene(binaries()) as pool:
            for question in QUESTIONS:
                page = self.open("/sessions", base=pool.url, height=620)
                for target in question.clicks:
                    target(page).click()
                answer = question.answer(page).first
                expect(answer).to_be_visible()
                answer.evaluate("(element) => element.scrollIntoView({ block: 'center' })")
                # Rates and lines need a few rounds before they have a shape.
                page.wait_for_timeout(4_000)
                self.take(page, f"question-{question.name}")

    def completed(self, session):
        return self.pool.session(session)["progress"]["completed_tasks"]

    def take(self, page, name):
        path = FOLDER / f"{name}.png"
        page.mouse.move(5, 5)
        # Few colours are enough for a page, and make a file a third as large.
        full = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        full.quantize(160, dither=Image.Dither.NONE).save(path, optimize=True)
        size = path.stat().st_size
        print(f"{path.relative_to(ROOT)}  {size:,} bytes")
        if size > BYTES_AT_MOST:
            raise SystemExit(f"{path} has {size} bytes; {BYTES_AT_MOST} are allowed")
        page.context.close()

    def graph(self, session):
        page = self.open(f"/sessions/{session}/graph")
        expect(page.locator('.legend [data-state="failed"] b')).to_have_text("1")
        page.get_by_role("tab", name="Tasks").click()
        page.get_by_label("Find tasks").fill("thumbnails")
        expect(page.locator("table.tasks tbody tr")).to_have_count(1)
        page.get_by_role("button", name="thumbnails").click()
        page.get_by_role("tab", name="Graph").click()
        expect(page.locator("aside.task .failure")).to_be_visible()
        page.get_by_role("button", name="Show all").click()
        self.take(page, "graph")

    def sessions(self):
        page = self.open("/sessions")
        expect(page.locator("tbody tr")).to_have_count(3)
        # A few rounds, so that the line of what was completed lately has a shape.
        drawn = page.locator(".figures .spark path").last
        expect(drawn).to_have_attribute("d", lines(3))
        self.take(page, "sessions")

    def large(self, session):
        self.pool.wait_until(lambda: self.completed(session) > 4_000, "four thousand tasks", 300)
        page = self.open(f"/sessions/{session}/graph", "dark")
        expect(page.locator(".hint").first).to_contain_text("10,000 tasks")
        self.take(page, "large")

    def timeline(self, session):
        self.pool.wait_until(lambda: self.completed(session) == 23, "what can be completed")
        page = self.open(f"/sessions/{session}/timeline")
        expect(page.locator("[data-timeline]")).to_contain_text("attempts")
        self.take(page, "timeline")

    def report(self, session):
        page = self.open(f"/sessions/{session}/results")
        expect(page.get_by_role("article", name="Report")).to_be_visible()
        self.take(page, "report")


def lines(steps):
    """A path of at least so many steps."""
    return re.compile("([CL][^CL]+){%d,}" % steps)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        photographer = Photographer()
        pool = photographer.pool
        research = photographer.research()
        pool.wait_for_end(research)
        pipe = pool.submit(pipeline("catalogue"))
        photographer.graph(pipe)
        photographer.timeline(pipe)
        large = pool.submit(plans.large("embeddings", seconds=0.1))
        photographer.sessions()
        photographer.large(large)
        photographer.report(research)
        photographer.questions()
    finally:
        World.stop()


if __name__ == "__main__":
    main()
