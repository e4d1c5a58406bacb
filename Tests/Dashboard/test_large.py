"""Ten thousand tasks: how soon the graph can be used, and that the page goes on answering.

What is wanted is 2 s and no long task beyond 200 ms. Machines differ and are shared, so the test
fails only far outside, and prints what it measured beside what is wanted.
"""

import re
import time

import plans
from story import Story, expect, unique

TASKS = 10_000
WANTED_SECONDS, FAR_SECONDS = 2.0, 10.0
WANTED_LONG, FAR_LONG = 0.2, 1.0

OBSERVE = """
globalThis.longTasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    longTasks.push({ at: entry.startTime / 1000, seconds: entry.duration / 1000 });
  }
}).observe({ type: "longtask", buffered: true });
addEventListener("DOMContentLoaded", () => {
  new MutationObserver((_, observer) => {
    const hint = document.querySelector(".hint")?.textContent ?? "";
    if (!hint.startsWith("10,000 tasks")) return;
    document.documentElement.dataset.graphAt = performance.now() / 1000;
    observer.disconnect();
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
});
"""


class Large(Story):
    def test_ten_thousand_tasks_are_shown_at_once_and_while_they_run(self):
        session = self.submit(plans.large(unique("large"), TASKS))
        self.pool.wait_until(
            lambda: self.pool.session(session)["progress"]["completed_tasks"] > 100, "a beginning")
        page = self.open("/queue")
        page.context.add_init_script(OBSERVE)
        page.goto(f"{page.url.split('#')[0]}?again#/sessions/{session}/graph")
        root = page.locator("html")
        expect(root).to_have_attribute("data-graph-at", re.compile(".+"), timeout=60_000)
        shown = float(root.get_attribute("data-graph-at"))
        canvas = page.locator(".stage canvas")
        box = canvas.bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

        began = time.monotonic()
        panel = page.locator("aside.task")
        page.keyboard.press("k")
        page.locator("table.tasks tbody button").first.click()
        expect(panel.locator("[data-because]")).to_be_visible()
        answered = time.monotonic() - began
        page.keyboard.press("Escape")
        page.keyboard.press("g")

        completed = self.completed(session)
        while self.completed(session) < min(completed + 1_500, TASKS):
            self.look_around(page, middle)
        page.get_by_role("tab", name="Timeline").click()
        expect(page.locator("[data-timeline]")).to_contain_text("attempts")
        page.get_by_role("tab", name="Graph").click()
        long = page.evaluate("longTasks")
        self.pool.post(f"/v1/sessions/{session}/cancel")
        expect(self.state()).to_have_text("cancelled")
        expect(page.locator('.legend [data-state="running"] b')).to_have_text("0")
        self.report(shown, answered, long)

    def completed(self, session):
        return self.pool.session(session)["progress"]["completed_tasks"]

    def look_around(self, page, middle):
        """Zooms in and out, drags, filters: what a person does while it runs."""
        page.mouse.move(*middle)
        for turn in (-400, -400, -400):
            page.mouse.wheel(0, turn)
        page.mouse.down()
        page.mouse.move(middle[0] + 160, middle[1] + 60, steps=12)
        page.mouse.up()
        page.locator('.legend [data-state="completed"]').click()
        page.locator('.legend [data-state="completed"]').click()
        page.get_by_role("button", name="Show all").click()

    def report(self, shown, answered, long):
        longest = max((one["seconds"] for one in long), default=0)
        print(f"\n  {TASKS:,} tasks: graph after {shown:.2f} s (wanted {WANTED_SECONDS} s), "
              f"a task explained {answered:.2f} s after it was asked for,\n"
              f"  {len(long)} long tasks, the longest {longest * 1000:.0f} ms "
              f"(wanted {WANTED_LONG * 1000:.0f} ms)")
        self.assertLess(shown, FAR_SECONDS)
        self.assertLess(longest, FAR_LONG)
