"""Who reads it: on a phone, in the dark, without a mouse, without colours."""

import plans
from story import Story, expect, unique

# Text whose contrast with what lies behind it is below WCAG 2.2's AA: 4.5, large text 3. Text on
# the canvas is not seen here; the table of tasks has the same. What is disabled has no minimum.
FAINT = """() => {
  const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255)
    + 0.0722 * channel(b / 255);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return rgba(getComputedStyle(document.documentElement).colorScheme === "dark"
      ? "#000" : "#fff");
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  let seen = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest(":disabled, .visually-hidden, .skip, noscript")) continue;
    seen += 1;
    const style = getComputedStyle(element);
    const [one, other] = [light(rgba(style.color)), light(behind(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    const large = parseFloat(style.fontSize) >= 24
      || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) {
      faint.push(`${ratio.toFixed(2)} ${walker.currentNode.data.trim().slice(0, 40)}`);
    }
  }
  return { faint, seen };
}"""

NAMELESS = """() => [...document.querySelectorAll(
  "button, a[href], input, select, textarea, canvas")]
  .filter((one) => one.checkVisibility() && !(one.getAttribute("aria-label") || one.title
    || one.textContent.trim() || one.labels?.length))
  .map((one) => one.outerHTML)"""

TOO_WIDE = """() => ({ page: document.documentElement.scrollWidth, window: innerWidth })"""

VIEWS = ("/sessions", "/workers", "/queue", "/submit")
TABS = ("graph", "timeline", "tasks", "results", "diagnosis")


class Reading(Story):
    @classmethod
    def setUpClass(cls):
        cls.session = None

    def setUp(self):
        super().setUp()
        if Reading.session is None:
            Reading.session = self.pool.submit(plans.failing(unique("read")))
            self.pool.wait_until(
                lambda: self.pool.session(Reading.session)["progress"]["tasks_by_status"]
                .get("skipped") == 1, "the skipped task")

    def addresses(self):
        return [*VIEWS, *(f"/sessions/{Reading.session}/{tab}" for tab in TABS)]

    def visit(self, address):
        self.page.goto(f"{self.page.url.split('#')[0]}#{address}")
        expect(self.page.locator("main h1")).to_be_visible()
        if address == "/workers":
            expect(self.page.locator(".worker").first).to_be_visible()
        elif "/sessions/" in address:
            expect(self.page.locator(".legend b").first).to_be_visible()

    def test_a_phone_shows_every_view_without_scrolling_sideways(self):
        self.open(width=360, height=740, has_touch=True, is_mobile=True)
        for address in self.addresses():
            with self.subTest(address):
                self.visit(address)
                size = self.page.evaluate(TOO_WIDE)
                self.assertLessEqual(size["page"], 360, address)

    def test_a_phone_opens_a_task_over_the_graph_and_closes_it(self):
        self.open_session(Reading.session, width=360, height=740)
        panel = self.choose_task("bad")
        box = panel.bounding_box()
        self.assertLessEqual(box["x"] + box["width"], 360)
        panel.get_by_role("button", name="Close the task").click()
        expect(panel).to_be_hidden()

    def test_text_has_contrast_in_light_and_dark(self):
        for scheme in ("light", "dark"):
            self.open(color_scheme=scheme)
            for address in self.addresses():
                with self.subTest(f"{scheme} {address}"):
                    self.visit(address)
                    found = self.page.evaluate(FAINT)
                    self.assertGreater(found["seen"], 5)
                    self.assertEqual(found["faint"], [])

    def test_the_theme_is_chosen_and_remembered(self):
        page = self.open(color_scheme="light")
        ground = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(ground)
        page.keyboard.press("t")
        page.keyboard.press("t")
        expect(page.locator("#theme")).to_have_text("Dark")
        self.assertNotEqual(page.evaluate(ground), light)
        page.reload()
        expect(page.locator("#theme")).to_have_text("Dark")
        self.assertNotEqual(page.evaluate(ground), light)

    def test_every_control_has_a_name(self):
        self.open()
        for address in self.addresses():
            with self.subTest(address):
                self.visit(address)
                self.assertEqual(self.page.evaluate(NAMELESS), [])
                for landmark in ("banner", "main", "navigation"):
                    expect(self.page.get_by_role(landmark).first).to_be_attached()

    def test_a_session_is_read_and_steered_without_a_mouse(self):
        """From the address to a task's explanation and a pause, by keys alone."""
        session = self.submit(plans.long(unique("keys")))
        page = self.open()
        expect(page.locator(f'a[href="#/sessions/{session}"]')).to_be_visible()
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.hash ?? ''") == f"#/sessions/{session}":
                break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        self.assertEqual(outline, "solid", "the focus cannot be seen")
        page.keyboard.press("Enter")
        expect(page.locator(".legend b").first).to_be_visible()
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.tagName") == "CANVAS":
                break
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        panel = page.locator("aside.task")
        expect(panel.locator("h2")).to_have_text("step-1")
        expect(panel.get_by_role("button", name="Close the task")).to_be_focused()
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        page.keyboard.press("p")
        expect(page.locator("#confirm")).to_be_visible()
        self.leave("#confirm")
        page.keyboard.press("k")
        expect(page.get_by_role("tab", name="Tasks")).to_have_attribute("aria-selected", "true")
        page.keyboard.press("/")
        expect(page.get_by_label("Find tasks")).to_be_focused()
        page.keyboard.type("step-3")
        expect(page.locator("table.tasks tbody tr")).to_have_count(1)
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
        self.leave("#keys")
        page.keyboard.press("3")
        expect(page.locator("h1")).to_have_text("Queue")

    def test_a_key_right_after_the_help_was_closed_is_heard(self):
        """Until the next frame the browser may leave the focus where it was: in the closed help."""
        page = self.open("/sessions")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
        page.evaluate("""() => {
            document.getElementById("keys").close();
            document.getElementById("keys-on").dispatchEvent(
                new KeyboardEvent("keydown", { key: "3", bubbles: true }));
        }""")
        expect(page.locator("h1")).to_have_text("Queue")

    def test_single_keys_can_be_turned_off(self):
        """For whoever speaks to the machine (WCAG 2.2, 2.1.4)."""
        page = self.open("/queue")
        page.keyboard.press("?")
        page.get_by_label("Single-key shortcuts").uncheck()
        self.leave("#keys")
        page.keyboard.press("2")
        self.assertEqual(page.evaluate("location.hash"), "#/queue")
        page.reload()
        expect(page.locator("h1")).to_have_text("Queue")
        page.keyboard.press("2")
        self.assertEqual(page.evaluate("location.hash"), "#/queue")
        page.get_by_role("button", name="Keyboard and help").click()
        page.get_by_label("Single-key shortcuts").check()
        self.leave("#keys")
        page.keyboard.press("2")
        expect(page.locator("h1")).to_have_text("Workers")

    def test_changes_are_announced(self):
        session = self.submit(plans.long(unique("said")))
        self.open_session(session)
        expect(self.state()).to_have_text("researching")
        self.pool.post(f"/v1/sessions/{session}/cancel")
        expect(self.page.locator("#announcements")).to_contain_text("cancel")
