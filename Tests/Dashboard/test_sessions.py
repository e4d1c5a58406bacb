"""A session from its submission to its end, and what can be done with it in between."""

import json
import re

import plans
from story import Story, expect, unique


class Sessions(Story):
    def test_a_plan_is_submitted_and_watched_to_its_end(self):
        """The first thing that anybody does."""
        page = self.open("/submit")
        session = unique("watched")
        page.get_by_label("Plan", exact=True).fill(json.dumps(plans.short(session)))
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(page).to_have_url(f"{page.url.split('#')[0]}#/sessions/{session}/graph")
        expect(page.locator("h1")).to_have_text("A fork and a join")
        expect(self.state()).to_have_text("completed")
        expect(page.locator("[data-figures]")).to_contain_text("100 %")
        expect(page.locator("[data-figures]")).to_contain_text("4 of 4 tasks completed")
        expect(page.locator('.legend [data-state="completed"] b')).to_have_text("4")
        page.get_by_role("tab", name="Timeline").click()
        expect(page.locator("[data-timeline]")).to_contain_text("4 attempts")
        expect(page.locator("[data-timeline]")).to_contain_text("3 on the critical path")
        page.get_by_role("link", name="Sessions", exact=True).click()
        row = page.get_by_role("row").filter(has_text=session)
        expect(row.locator(".pill")).to_have_text("completed")

    def test_every_mistake_of_a_plan_is_shown_with_its_place(self):
        """A plan that is refused must not be lost, nor its mistakes found one at a time."""
        self.provoked.append("/v1/sessions")
        page = self.open("/submit")
        plan = "query: q\ntasks:\n  - task_id: a\n    dependencies: [c]\n"
        page.get_by_label("Plan", exact=True).fill(plan)
        page.get_by_role("button", name="Submit", exact=True).click()
        problem = page.get_by_role("alert")
        expect(problem).to_contain_text("2 mistakes")
        expect(problem.locator("li")).to_have_text(
            ["/tasks/0/task_type the field is missing",
             "/tasks/0/dependencies/0 no task has this id (actual c)"])
        expect(page.get_by_label("Plan", exact=True)).to_have_value(plan)

    def test_a_session_is_paused_and_resumed(self):
        """Somebody needs the pool for something else, for a while."""
        session = self.submit(plans.long(unique("paused")))
        page = self.open_session(session)
        page.get_by_role("button", name="Pause").click()
        self.answer("Leave it")
        self.assertNotEqual(self.pool.session(session)["session_state"], "paused")
        page.get_by_role("button", name="Pause").click()
        page.get_by_label("What runs is stopped").check()
        self.answer("Pause")
        expect(self.state()).to_have_text("paused")
        expect(page.locator('.legend [data-state="held"] b')).to_have_text("1")
        self.assertEqual(self.pool.session(session)["session_state"], "paused")
        page.get_by_role("button", name="Resume").click()
        expect(self.state()).to_have_text("researching")
        expect(page.get_by_role("button", name="Pause")).to_be_enabled()
        self.pool.post(f"/v1/sessions/{session}/cancel")
        expect(self.state()).to_have_text("cancelled")

    def test_a_session_is_cancelled_only_when_that_was_meant(self):
        session = self.submit(plans.long(unique("cancelled")))
        page = self.open_session(session)
        page.get_by_role("button", name="Cancel", exact=True).click()
        self.answer("Leave it")
        self.assertNotIn(self.pool.session(session)["status"], ("cancelling", "cancelled"))
        page.get_by_role("button", name="Cancel", exact=True).click()
        self.answer("Cancel the session")
        expect(self.state()).to_have_text("cancelled")
        expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_disabled()
        self.assertEqual(self.pool.session(session)["status"], "cancelled")

    def test_a_session_is_run_again(self):
        """The cause of a failure is gone: only what is missing is done, in a session of its own."""
        session = self.submit(plans.half(unique("half")))
        page = self.open_session(session)
        expect(page.locator('.legend [data-state="failed"] b')).to_have_text("1")
        again = page.get_by_role("button", name="Run again")
        expect(again).to_be_enabled()
        again.click()
        self.answer("Leave it")
        self.assertIn(session, page.url)
        again.click()
        self.answer("Run again")
        expect(page).not_to_have_url(re.compile(re.escape(f"/sessions/{session}/")))
        new = page.url.split("/sessions/")[1].split("/")[0]
        self.assertEqual(self.pool.session(new)["rerun_of"], session)
        expect(page.locator('.legend [data-state="completed"] b')).to_have_text("1")
        expect(page.locator('.legend [data-state="failed"] b')).to_have_text("1")

    def test_plans_are_submitted_where_the_context_is_not_secure(self):
        """The coordinator is on another host and spoken to over plain HTTP: `randomUUID` is missing."""
        page = self.open()
        page.evaluate("delete Crypto.prototype.randomUUID")
        page.goto(f"{self.base}/#/submit")
        session = unique("insecure")
        page.get_by_label("Plan", exact=True).fill(json.dumps(plans.half(session)))
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(page).to_have_url(f"{self.base}/#/sessions/{session}/graph")
        again = page.get_by_role("button", name="Run again")
        expect(again).to_be_enabled()
        again.click()
        self.answer("Run again")
        expect(page).not_to_have_url(re.compile(re.escape(f"/sessions/{session}/")))

    def test_a_task_is_shown_whose_attempts_cannot_be_read(self):
        """One of several answers fails: the others are still of use."""
        session = self.submit(plans.failing(unique("unread")))
        self.provoked.append("/attempts")
        page = self.open_session(session)
        expect(page.locator('.legend [data-state="failed"] b')).to_have_text("1")
        page.context.route("**/attempts", lambda route: route.fulfill(
            status=503, content_type="application/problem+json",
            body='{"status": 503, "code": "shutting_down", "detail": "not now"}'))
        panel = self.choose_task("bad")
        expect(panel.locator("[data-because]")).to_be_visible()
        expect(panel).to_contain_text("They cannot be read: not now")

    def test_what_an_attempt_said_stays_when_the_stream_breaks(self):
        """The next attempt is told of, the stream breaks, and the next attempt is told of again."""
        session = self.submit(plans.talking(unique("resumed")))
        page = self.open_session(session)
        begin = 'event: attempt\ndata: {"attempt":%d,"task_id":"talk","worker_id":"w"}\n\n'
        said = 'event: log\nid: s-%d\ndata: {"attempt":%d,"offset":0,"text":"%s"}\n\n'
        streams = iter([
            "retry: 100\n" + begin % 1 + said % (3, 1, "one") + begin % 2,
            begin % 2 + said % (6, 2, "two") + "event: end\ndata: {}\n\n"])
        page.route("**/log?follow=true*", lambda route: route.fulfill(
            content_type="text/event-stream", body=next(streams)))
        output = self.choose_task("talk").get_by_label("Output", exact=True)
        expect(output).to_have_text("one\n[attempt 2, on w]\ntwo", use_inner_text=True)

    def test_a_task_says_why_it_does_not_run_and_what_failed(self):
        """What the page is for: why does nothing happen?"""
        session = self.submit(plans.failing(unique("explained")))
        page = self.open_session(session)
        expect(page.locator('.legend [data-state="failed"] b')).to_have_text("1")
        panel = self.choose_task("nowhere")
        because = panel.locator("[data-because]")
        expect(because).to_contain_text("no worker offers the capability translation")
        expect(panel).to_contain_text("a worker that offers it registers")
        panel = self.choose_task("bad")
        expect(panel.locator(".failure")).to_contain_text("the program ended with code 70")
        expect(panel.locator(".attempts .log")).to_contain_text("<script>alert(2)</script>")
        expect(panel).to_contain_text("broken on e")
        page.get_by_role("tab", name="Diagnosis").click()
        expect(page.locator("#tab-panel")).to_contain_text("1 task cannot be placed")

    def test_a_task_that_fails_while_it_is_watched_shows_its_failure_at_once(self):
        """The stream says that it failed; its log is in the list of tasks only."""
        plan = plans.failing(unique("watched"))
        plan["tasks"][0]["parameters"]["sleep_seconds"] = 4
        session = self.submit(plan)
        page = self.open_session(session)
        panel = self.choose_task("bad")
        expect(panel.locator("[data-because]")).to_contain_text("waits for 1 of 1 dependencies")
        expect(panel.locator(".failure")).to_contain_text("the program ended with code 70")
        expect(panel.locator(".attempts .log")).to_contain_text("alert(2)")
        expect(page.locator('.legend [data-state="failed"] b')).to_have_text("1")

    def test_a_click_on_the_graph_explains_a_task(self):
        """The graph is drawn on a canvas: the box under the pointer has to be the right one."""
        session = self.submit(
            {"session_id": unique("clicked"), "query": "One box", "tasks": [
                {"task_id": "alone", "task_type": "translation"}]})
        page = self.open_session(session)
        expect(page.locator(".hint").first).to_contain_text("1 task,")
        canvas = page.locator(".stage canvas")
        canvas.click()
        panel = page.locator("aside.task")
        expect(panel.locator("h2")).to_have_text("alone")
        expect(panel.locator("[data-because]")).to_contain_text("translation")
        canvas.click(position={"x": 5, "y": 5})
        expect(panel).to_be_hidden()

    def test_a_task_gets_another_priority(self):
        session = self.submit(plans.long(unique("urgent")))
        self.open_session(session)
        panel = self.choose_task("step-9")
        panel.get_by_label("Priority").select_option("9")
        expect(self.page.locator(".toast")).to_contain_text("is 9 now")
        tasks = self.pool.get(f"/v1/sessions/{session}/tasks")["tasks"]
        self.assertEqual([t["priority"] for t in tasks if t["task_id"] == "step-9"], [9])

    def test_a_research_session_grows_and_its_report_is_read(self):
        """Its planner adds tasks while it runs: the graph has to follow."""
        question = "When should I use a partial index?"
        session = self.submit(
            {"session_id": unique("research"), "query": question, "tasks": [
                {"task_id": "plan", "task_type": "planning", "assigned_agent": "planner",
                 "parameters": {"question": question}, "extends_session": True}]})
        page = self.open_session(session)
        expect(self.state()).to_have_text("completed")
        total = self.pool.session(session)["progress"]["total_tasks"]
        self.assertGreater(total, 10)
        expect(page.locator(".hint").first).to_contain_text(f"{total} tasks")
        page.get_by_role("tab", name="Results").click()
        report = page.get_by_role("article", name="Report")
        expect(report.locator("h1")).to_have_text(question)
        self.assertGreater(report.locator("li").count(), 5)
        self.assertGreater(page.locator(".sources li").count(), 2)

    def test_a_session_that_is_not_there_says_so(self):
        self.provoked.append("/v1/sessions/nobody")
        page = self.open_session("nobody")
        expect(page.get_by_role("alert")).to_contain_text("nobody")
