"""The files themselves: what is embedded is what is there, small, and by the house's rules."""

import re
import unittest

from pool import ROOT

ASSETS = ROOT / "Sources/ScrivenerDashboard/assets"
BYTES_AT_MOST = 640_000


def manifest():
    lines = (ASSETS / "manifest.txt").read_text().splitlines()
    return dict(line.split("\t") for line in lines)


def own():
    return [ASSETS / name for name in manifest() if not name.startswith("vendor/")]


class Assets(unittest.TestCase):
    def test_the_manifest_names_every_file_that_is_served(self):
        endings = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
                   ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
        found = {str(path.relative_to(ASSETS)): endings[path.suffix]
                 for path in ASSETS.rglob("*") if path.suffix in endings}
        self.assertEqual(manifest(), found)

    def test_every_import_is_served(self):
        """A module that is missing shows only in the view that needs it."""
        names = manifest()
        for path in own():
            for target in re.findall(r'(?:from|import) "\./([^"]+)"', path.read_text()):
                self.assertIn(target, names, path.name)
            for target in re.findall(r'"/assets/([^"]+)"', path.read_text()):
                self.assertIn(target, names, path.name)

    def test_all_of_it_is_small(self):
        size = sum((ASSETS / name).stat().st_size for name in manifest())
        self.assertLess(size, BYTES_AT_MOST)

    def test_nothing_makes_markup_or_code_of_text(self):
        forbidden = re.compile(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|"
            r"setAttribute\(\"style|srcdoc|DOMParser|createContextualFragment|style=\"")
        for path in own():
            self.assertIsNone(forbidden.search(path.read_text()), path.name)

    def test_nothing_is_loaded_from_elsewhere(self):
        for path in own():
            for url in re.findall(r"https?://[^\s\"'`)]+", path.read_text()):
                self.assertEqual(url, "http://www.w3.org/2000/svg", path.name)

    def test_files_and_lines_are_short(self):
        for path in own():
            lines = path.read_text().splitlines()
            self.assertLess(len(lines), 400, path.name)
            self.assertLess(max(map(len, lines)), 100, path.name)
