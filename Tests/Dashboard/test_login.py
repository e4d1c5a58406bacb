"""A coordinator with API tokens, and people who have one."""

import subprocess
import tempfile
from pathlib import Path

from pool import binaries, free_port
from story import Story, expect


class Guarded:
    """A coordinator of its own that asks for tokens."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="scrivener-login-")
        data = Path(self.folder.name)
        self.keys = str(data / "keys")
        self.tokens = {scope: self.make(scope, scope) for scope in ("read", "admin")}
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(data / "log", "ab")
        self.process = subprocess.Popen(
            [binaries() / "scrivener-coordinator", "--data", data / "data", "--keys", self.keys,
             "--http-port", str(port), "--bind", f"tcp://127.0.0.1:{free_port()}"],
            stdout=self.log, stderr=self.log)

    def make(self, name, scope):
        made = subprocess.run(
            [binaries() / "scrivener", "keys", "api-token", name, "--scope", scope,
             "--keys", self.keys], capture_output=True, text=True, check=True)
        return made.stdout.strip()

    def revoke(self, name):
        subprocess.run([binaries() / "scrivener", "keys", "revoke", name, "--keys", self.keys],
                       capture_output=True, check=True)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
        self.folder.cleanup()


class Login(Story):
    def place(self):
        self.guarded = Guarded()
        self.addCleanup(self.guarded.stop)
        return None, self.guarded.url

    def setUp(self):
        super().setUp()
        # A page that is not for everybody, until somebody has logged in.
        self.provoked += ["/", "/login"]
        self.wait_until_ready()

    def wait_until_ready(self):
        subprocess.run(
            ["curl", "--silent", "--fail", "--retry", "60", "--retry-all-errors", "--retry-delay",
             "1", "--output", "/dev/null", f"{self.base}/readyz"], check=True)

    def log_in(self, token):
        self.page.get_by_label("API token").fill(token)
        self.page.get_by_role("button", name="Log in").click()

    def test_somebody_logs_in_looks_around_and_logs_out(self):
        page = self.open("/workers")
        expect(page.get_by_role("heading", name="Agent Scrivener")).to_be_visible()
        self.log_in(self.guarded.tokens["admin"])
        # Where the address had said all the time.
        expect(page.locator("#link")).to_have_text("Live")
        expect(page.get_by_role("link", name="Workers")).to_have_attribute("aria-current", "page")
        self.assertEqual(page.evaluate("document.cookie"), "")
        kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        self.assertNotIn("scr_", kept)
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_label("API token")).to_be_visible()
        page.goto(f"{self.base}/")
        expect(page.get_by_label("API token")).to_be_visible()

    def test_a_wrong_token_is_told_and_the_right_one_goes_on(self):
        page = self.open("/sessions")
        self.log_in("scr_no")
        expect(page.get_by_role("alert")).to_contain_text("no such token")
        self.log_in(self.guarded.tokens["read"])
        expect(page.locator("#link")).to_have_text("Live")

    def test_a_token_without_the_scope_is_told_what_it_lacks(self):
        page = self.open("/submit")
        self.log_in(self.guarded.tokens["read"])
        expect(page.locator("#link")).to_have_text("Live")
        page.get_by_label("Plan", exact=True).fill("query: q\ntasks: [{task_id: a, task_type: b}]")
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("this needs submit")

    def test_who_is_shut_out_sees_where_to_log_in(self):
        """The token is revoked while the page is open and follows the pool."""
        page = self.open("/sessions")
        self.log_in(self.guarded.tokens["read"])
        expect(page.locator("#link")).to_have_text("Live")
        self.guarded.revoke("read")
        expect(page.get_by_label("API token")).to_be_visible(timeout=60_000)
        self.log_in(self.guarded.tokens["admin"])
        expect(page.locator("#link")).to_have_text("Live")

    def test_the_policy_lets_the_page_log_in_and_nothing_else(self):
        page = self.open()
        policy = page.request.get(f"{self.base}/login").headers["content-security-policy"]
        self.assertIn("form-action 'self'; frame-ancestors 'none'", policy)
        self.assertNotIn("unsafe", policy)
