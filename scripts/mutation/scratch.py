"""The scratch package: the simulator and the machines' tests around a core that holds all mutants,
built once."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

from .schemata import Schema

# More rounds than that mean that something else is wrong.
MAXIMUM_ROUNDS = 12


class BuildError(Exception):
    """Why the package does not build."""


def _fingerprint(sources):
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(f"{path}\0{sources[path].text}\0".encode())
    return digest.hexdigest()


class ScratchPackage:
    """A package below `.build-mutants`. What did not change is not written again, so that building
    again costs little."""

    def __init__(self, root, templates):
        self.root = root
        self.templates = templates
        self.path = root / ".build-mutants"
        self._written = set()

    def build(self, sources, mutants):
        """Builds the driver and the tests.

        Returns the mutants that compile; the others are left out.
        """
        self._write_surroundings()
        known = self._known_refusals(sources)
        left = [mutant for mutant in mutants if mutant.name not in known]
        for _ in range(MAXIMUM_ROUNDS):
            schemata = self._write_core(sources, left)
            self._remove_others()
            output = self._swift_build("--target", "ScrivenerCore")
            if output is None:
                break
            refused = self._refused(output, schemata)
            known |= refused
            self._keep_refusals(sources, known)
            names = ", ".join(mutant.name for mutant in left if mutant.name in refused)
            print(f"{len(refused)} do not compile: {names}", file=sys.stderr)
            left = [mutant for mutant in left if mutant.name not in refused]
        else:
            raise BuildError(f"mutants were refused in {MAXIMUM_ROUNDS} rounds; giving up")
        output = self._swift_build("--build-tests", "--disable-xctest")
        if output is not None:
            raise BuildError(output)
        return left

    def driver(self):
        return self._built("Driver")

    def tests(self):
        return self._built("MutantsPackageTests.xctest")

    def _built(self, name):
        shown = subprocess.run(
            [*self._command(), "--show-bin-path"], check=True, capture_output=True, text=True)
        return os.path.join(shown.stdout.strip(), name)

    # Files

    def _write_surroundings(self):
        manifest = (self.root / "Package.swift").read_text()
        collections = re.search(r'\.package\([^)]*swift-collections\.git"[^)]*\)', manifest)
        if collections is None:
            raise BuildError("Package.swift does not name swift-collections any more")
        template = (self.templates / "Package.swift").read_text()
        self._write("Package.swift", template.replace("COLLECTIONS", collections.group()))
        for path in sorted(self.templates.rglob("*")):
            relative = path.relative_to(self.templates)
            if path.is_file() and str(relative) != "Package.swift":
                self._write(f"Sources/{relative}", path.read_text())
        for target in ("ScrivenerModel", "ScrivenerSimulator"):
            for path in sorted((self.root / "Sources" / target).rglob("*.swift")):
                self._write(str(path.relative_to(self.root)), path.read_text())
        for path in sorted((self.root / "Sources" / "CPrefetch").iterdir()):
            self._write(str(path.relative_to(self.root)), path.read_text())
        # One of the tests holds a page of the documentation against the code.
        for path in sorted((self.root / "Tests" / "ScrivenerCoreTests").rglob("*.swift")):
            self._write(str(path.relative_to(self.root)), path.read_text())
        page = self.root / "docs" / "architecture.md"
        self._write(str(page.relative_to(self.root)), page.read_text())

    def _write_core(self, sources, mutants):
        schemata = {}
        for path, source in sources.items():
            mine = [mutant for mutant in mutants if mutant.path == path]
            schema = Schema(source, mine)
            schemata[path] = schema
            self._write(f"Sources/ScrivenerCore/{path}", schema.text)
        return schemata

    def _write(self, relative, text):
        path = self.path / relative
        self._written.add(path)
        if path.exists() and path.read_text() == text:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _remove_others(self):
        """What an earlier build had and this one has not."""
        for directory in ("Sources", "Tests"):
            for path in (self.path / directory).rglob("*"):
                if path.is_file() and path not in self._written:
                    path.unlink()

    # What the compiler refused of these very sources need not be shown to it again.

    def _known_refusals(self, sources):
        path = self.path / "refused.json"
        try:
            kept = json.loads(path.read_text())
        except (OSError, ValueError):
            return set()
        return set(kept["names"]) if kept["sources"] == _fingerprint(sources) else set()

    def _keep_refusals(self, sources, names):
        kept = {"sources": _fingerprint(sources), "names": sorted(names)}
        (self.path / "refused.json").write_text(json.dumps(kept))

    # Building

    def _command(self):
        # The tests see what is internal to the core.
        return [
            "swift", "build", "--configuration", "release", "--package-path", str(self.path),
            "-Xswiftc", "-enable-testing"]

    def _swift_build(self, *what):
        """What went wrong, or None."""
        if shutil.which("swift") is None:
            raise BuildError("swift is not on the PATH")
        done = subprocess.run(
            [*self._command(), *what], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace")
        return None if done.returncode == 0 else done.stdout

    def _refused(self, output, schemata):
        """The mutants that the compiler's errors point to.

        An error outside of all cases of a body is blamed on all of the body's mutants: a case can
        make the whole switch wrong.
        """
        refused, unsure = set(), set()
        pattern = re.compile(r"^(/.*/Sources/ScrivenerCore/(.*\.swift)):(\d+):\d+: error: ", re.M)
        for match in pattern.finditer(output):
            schema = schemata.get(match.group(2))
            owners = schema.owners(int(match.group(3))) if schema else ()
            (refused if len(owners) == 1 else unsure).update(owner.name for owner in owners)
        if not refused and not unsure:
            raise BuildError(output)
        return refused or unsure
