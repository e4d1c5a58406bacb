"""What comes from outside is text: names, questions, failures, logs, reports."""

import plans
from pool import HOSTILE
from story import Story, expect, unique

NOTHING_INJECTED = """() => ({
  scripts: [...document.scripts].filter((one) => !one.src).length,
  images: [...document.images].filter((one) => !one.src.endsWith("/assets/icon.svg")).length,
  handlers: [...document.querySelectorAll("*")].filter((one) =>
    [...one.attributes].some((attribute) => attribute.name.startsWith("on"))).length,
  styles: document.querySelectorAll("style").length,
  targets: [...document.links].filter((one) => !["http:", "https:"].includes(one.protocol)).length,
})"""


class Safety(Story):
    def assert_nothing_injected(self):
        self.assertEqual(self.page.evaluate(NOTHING_INJECTED),
                         {"scripts": 0, "images": 0, "handlers": 0, "styles": 0, "targets": 0})

    def watch_dialogs(self, page):
        page.on("dialog", lambda dialog: (self.complaints.append(f"alert: {dialog.message}"),
                                          dialog.dismiss()))

    def test_a_hostile_question_and_failure_stay_text(self):
        """An agent's log is written by whoever wrote the page that it read."""
        session = self.submit(plans.failing(unique("hostile")))
        page = self.open("/sessions")
        self.watch_dialogs(page)
        expect(page.locator("tr").filter(has_text=session)).to_contain_text(HOSTILE)
        self.assert_nothing_injected()
        page.get_by_role("link", name=HOSTILE).first.click()
        expect(page.locator("h1")).to_contain_text(HOSTILE)
        panel = self.choose_task("bad")
        expect(panel.locator(".attempts .log")).to_contain_text(HOSTILE)
        self.assert_nothing_injected()
        page.goto(page.url.split("#")[0] + "#/queue")
        expect(page.locator(f'[data-queue="{session}"]')).to_contain_text(HOSTILE)
        self.assert_nothing_injected()

    def test_what_a_running_agent_says_appears_and_stays_text(self):
        """A model's words as they come, and what the page that it reads has it say."""
        session = self.submit(plans.talking(unique("talking")))
        page = self.open_session(session)
        self.watch_dialogs(page)
        panel = self.choose_task("talk")
        output = panel.get_by_label("Output", exact=True)
        expect(output).to_have_text(f"attempt 1 reads 12 sources\n{HOSTILE}\n",
                                    use_inner_text=True)
        expect(panel.locator(".attempts li")).to_contain_text("running")
        self.assert_nothing_injected()
        # Another task's panel has nothing of it, and this one has all of it again.
        panel.get_by_role("button", name="Close the task").click()
        expect(panel).to_be_hidden()
        self.choose_task("talk")
        expect(output).to_contain_text(HOSTILE)
        self.assert_nothing_injected()

    def test_no_field_of_a_plan_becomes_markup(self):
        """Query, descriptions, parameters, output, logs, failures and results, in every view."""
        session = self.submit(plans.corpus(unique("corpus")))
        self.pool.wait_for_end(session)
        page = self.open("/sessions")
        self.watch_dialogs(page)
        expect(page.locator("tr").filter(has_text=session)).to_contain_text(plans.CORPUS[0])
        self.assert_nothing_injected()
        for tab in ("graph", "timeline", "tasks", "results", "diagnosis"):
            page.goto(page.url.split("#")[0] + f"#/sessions/{session}/{tab}")
            expect(page.locator("h1")).to_contain_text(plans.CORPUS[0])
            expect(page.get_by_role("tab", selected=True)).to_have_text(
                tab.capitalize(), ignore_case=True)
            page.wait_for_timeout(300)
            self.assert_nothing_injected()
        for number in (0, 1, 6, 14, 20, 22):
            panel = self.choose_task(f"p{number}")
            expect(panel).to_contain_text(plans.CORPUS[number])
            self.assert_nothing_injected()
        panel = self.choose_task("fails")
        expect(panel).to_contain_text("no failure class")
        self.assert_nothing_injected()
        self.assertEqual(self.page.url.split("#")[0].rstrip("/"), self.base.rstrip("/"))

    def test_a_hostile_task_name_is_refused_and_shown_as_text(self):
        self.provoked.append("/v1/sessions")
        page = self.open("/submit")
        self.watch_dialogs(page)
        page.get_by_label("Plan", exact=True).fill(
            f"query: q\ntasks:\n  - task_id: '{HOSTILE}'\n    task_type: noop\n")
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("/tasks/0/task_id")
        self.assert_nothing_injected()

    def test_a_hostile_address_is_text_too(self):
        """A link that somebody sends."""
        self.provoked.append("/v1/sessions/")
        page = self.open_session("%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
        self.watch_dialogs(page)
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.locator("h1")).to_have_text(HOSTILE)
        self.assert_nothing_injected()

    def test_a_hostile_report_keeps_its_words_and_loses_its_powers(self):
        session = self.submit(plans.report(unique("report")))
        self.pool.wait_for_end(session)
        page = self.open_session(session, "results")
        self.watch_dialogs(page)
        report = page.get_by_role("article", name="Report")
        expect(report.locator("h1")).to_have_text(f"A report {HOSTILE}")
        expect(report).to_contain_text("<script>alert(4)</script>")
        expect(report.locator("em")).to_have_text("emphasis")
        expect(report.locator("td code")).to_have_text("<i>2</i>")
        expect(report.get_by_role("link")).to_have_count(1)
        expect(report.get_by_role("link")).to_have_attribute("rel", "noopener noreferrer")
        expect(report).to_contain_text("a bad link")
        expect(report).to_contain_text("[an image]")
        self.assert_nothing_injected()

    def test_the_policy_is_as_strict_as_is_said(self):
        answer = self.open().request.get(self.page.url.split("#")[0])
        policy = answer.headers["content-security-policy"]
        for directive in ("default-src 'none'", "script-src 'self'", "style-src 'self'",
                          "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"):
            self.assertIn(directive, policy)
        self.assertNotIn("unsafe", policy)
