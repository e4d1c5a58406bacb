"""The pool: workers, their agents, and what waits."""

import plans
from story import Story, expect, unique


class PoolViews(Story):
    def test_the_coordinator_tells_the_page_of_each_change(self):
        """Nothing is asked in intervals but load, and what happens is there when it happens."""
        page = self.open("/sessions")
        expect(page.locator("#link")).to_have_text("Live")
        lists = []
        page.on("request", lambda request: lists.append(request.url)
                if "/v1/sessions?" in request.url else None)
        session = self.submit(plans.long(unique("told")))
        row = page.get_by_role("row").filter(has_text=session)
        expect(row.locator(".pill")).to_have_text("researching")
        self.pool.post(f"/v1/sessions/{session}/pause")
        expect(row.locator(".pill")).to_have_text("paused")
        self.pool.post(f"/v1/sessions/{session}/cancel")
        expect(row.locator(".pill")).to_have_text("cancelled")
        # That of the beginning, if it was not made before.
        self.assertLessEqual(len(lists), 1)

    def test_workers_show_their_agents_slots_and_health(self):
        page = self.open("/workers")
        worker = page.get_by_role("region", name="Worker w1")
        expect(worker.locator("header .pill")).to_have_text("connected")
        row = worker.get_by_role("row").filter(has_text="research")
        expect(row).to_contain_text("ready")
        expect(row).to_contain_text("closed")
        expect(row).to_contain_text("0 of 4")
        page.get_by_label("Find workers").fill("broken")
        expect(page.get_by_role("region", name="Worker w1")).to_be_hidden()
        expect(page.get_by_role("region", name="Worker e1")).to_be_visible()

    def test_a_worker_is_drained_only_when_that_was_meant(self):
        """It leaves, and the page says so; started again, it is back."""
        page = self.open("/workers")
        worker = page.get_by_role("region", name="Worker e2")
        worker.get_by_role("button", name="Drain").click()
        self.answer("Leave it")
        self.assertEqual(len(self.pool.workers("connected")), 4)
        worker.get_by_role("button", name="Drain").click()
        self.answer("Drain the worker")
        self.pool.wait_until(lambda: len(self.pool.workers("connected")) == 3, "e2 to leave")
        expect(page.locator(".worker").filter(has_text="connected")).to_have_count(3)
        self.pool.processes["e2"].wait(30)
        self.pool.start_worker("e2")
        self.pool.wait_until(lambda: len(self.pool.workers("connected")) == 4, "e2 to be back")
        expect(worker.locator("header .pill")).to_have_text("connected")

    def test_the_queue_says_how_many_wait_for_which_reason(self):
        session = self.submit(plans.failing(unique("queue")))
        page = self.open("/queue")
        panel = page.locator(f'[data-queue="{session}"]')
        expect(panel).to_contain_text("1 task waiting")
        expect(panel).to_contain_text("unplaceable")
        expect(panel).to_contain_text("a worker that offers it registers")
        self.pool.post(f"/v1/sessions/{session}/cancel")
        self.pool.wait_for_end(session)
        expect(panel).to_be_hidden()

    def test_what_has_ended_is_counted(self):
        """Figures come from the coordinator's counters, not from the page's imagination."""
        page = self.open("/workers")
        session = self.submit(plans.short(unique("counted")))
        self.pool.wait_for_end(session)
        completed = 0
        for worker in self.pool.workers("connected"):
            for instance in worker["instances"]:
                if instance["agent"] != "echo":
                    continue
                panel = page.get_by_role("region", name=f"Worker {worker['worker_id']}")
                row = panel.get_by_role("row").filter(has_text="echo")
                amount = instance["successful_executions"]
                expect(row.locator("td").nth(4)).to_have_text(f"{amount:,}")
                completed += amount
        self.assertGreaterEqual(completed, 4)
