"""What the dashboard's tests share: one pool, one browser, and a page that is watched.

Whatever a test does, its page may log no error, violate no policy and ask no other host. What a
test provokes on purpose, an answer of 4xx, it names.
"""

import itertools
import os
import unittest
from urllib.parse import urlsplit

from playwright.sync_api import expect, sync_playwright

from pool import ENDED, ROOT, Pool, binaries

ARTIFACTS = ROOT / ".artifacts/dashboard"
expect.set_options(timeout=30_000)

VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  (globalThis.violations ??= []).push(`${event.effectiveDirective} ${event.blockedURI}`);
});
"""


class World:
    """The pool and the browser, started once for all tests."""

    pool = None
    browser = None

    @classmethod
    def start(cls):
        if cls.pool:
            return
        cls.pool = Pool(binaries(), int(os.environ.get("SCRIVENER_HTTP_PORT", "0"))).__enter__()
        cls.base = os.environ.get("SCRIVENER_DASHBOARD") or cls.pool.url
        cls.playwright = sync_playwright().start()
        cls.browser = cls.playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        ARTIFACTS.mkdir(parents=True, exist_ok=True)

    @classmethod
    def stop(cls):
        if cls.browser:
            cls.browser.close()
            cls.playwright.stop()
        if cls.pool:
            cls.pool.__exit__()
        cls.pool = cls.browser = None


class Story(unittest.TestCase):
    """A test with a page of its own."""

    def setUp(self):
        World.start()
        self.pool, self.base = self.place()
        self.provoked = []
        self.complaints = []
        self.contexts = []

    def place(self):
        """The pool, and where its page is."""
        return World.pool, World.base

    def open(self, address="/sessions", width=1280, height=800, **options):
        context = World.browser.new_context(
            viewport={"width": width, "height": height}, **options)
        context.add_init_script(VIOLATIONS)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self.on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("request", self.on_request)
        page.goto(f"{self.base}/#{address}")
        self.page = page
        return page

    def on_console(self, message):
        where = message.location.get("url", "") if message.location else ""
        if message.type not in ("error", "warning"):
            return
        if any(part in where for part in self.provoked) and "Failed to load" in message.text:
            return
        self.complaints.append(f"console {message.type}: {message.text} {where}")

    def on_request(self, request):
        url = urlsplit(request.url)
        if url.scheme in ("data", "blob"):
            return
        if url.netloc != urlsplit(self.base).netloc:
            self.complaints.append(f"a request to another host: {request.url}")

    def tearDown(self):
        self.close_pages()
        self.assertEqual(self.complaints, [])

    def close_pages(self):
        for context in self.contexts:
            for page in context.pages:
                violations = page.evaluate("globalThis.violations ?? []")
                self.complaints += [f"policy violation: {one}" for one in violations]
                page.screenshot(path=ARTIFACTS / f"{self.id().rsplit('.', 2)[-1]}.png")
            context.close()
        self.contexts = []

    def submit(self, plan):
        """Submits, and sees to it that nothing of the session runs into the next test."""
        session = self.pool.submit(plan)
        self.addCleanup(self.end, session)
        return session

    def end(self, session):
        if self.pool.session(session)["status"] not in ENDED:
            self.pool.post(f"/v1/sessions/{session}/cancel")
            self.pool.wait_for_end(session)

    # What a person does and sees.

    def state(self):
        return self.page.locator(".session-head .pill").first

    def answer(self, button):
        """Answers the question that stands open."""
        dialog = self.page.locator("#confirm")
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name=button, exact=True).click()
        expect(dialog).to_be_hidden()

    def open_session(self, session, tab="graph", **options):
        return self.open(f"/sessions/{session}/{tab}", **options)

    def leave(self, dialog):
        """Closes what stands open by a key, and waits until it is gone."""
        self.page.keyboard.press("Escape")
        expect(self.page.locator(dialog)).to_be_hidden()

    def choose_task(self, task):
        self.page.get_by_role("tab", name="Tasks").click()
        self.page.get_by_role("button", name=task, exact=True).first.click()
        panel = self.page.locator("aside.task")
        expect(panel.locator("h2")).to_have_text(task)
        return panel


numbers = itertools.count(1)


def unique(name):
    return f"{name}-{next(numbers)}"


__all__ = ["ARTIFACTS", "Story", "World", "expect", "unique"]
