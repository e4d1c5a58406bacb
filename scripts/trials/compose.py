"""A compose project, and what a Docker engine says of it."""

import json
import os
import subprocess


class Failure(Exception):
    """What went wrong, in a sentence."""


def docker(*arguments, patience=120, **options):
    """What a command prints; a `Failure` when it fails."""
    try:
        done = subprocess.run(
            ["docker", *arguments], capture_output=True, text=True, timeout=patience, **options)
    except FileNotFoundError:
        raise Failure("docker is missing: https://docs.docker.com/engine/install")
    except subprocess.TimeoutExpired:
        raise Failure(f"docker {' '.join(arguments)}: no end after {patience} s")
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-4_000:]
        raise Failure(f"docker {' '.join(arguments)}: {said}")
    return done.stdout.strip()


def engine():
    """The versions of what is needed; a `Failure` that says what is missing."""
    found = {"engine": docker("version", "--format", "{{.Server.Version}}", patience=30)}
    for plugin, oldest in [("compose", (2, 24)), ("buildx", (0, 10))]:
        try:
            text = docker(plugin, "version", patience=30)
        except Failure:
            raise Failure(f"docker has no {plugin}: https://docs.docker.com/{plugin}/install")
        version = next(
            (word.lstrip("v") for word in text.split() if word.lstrip("v")[:1].isdigit()), "0.0")
        if tuple(int(part) for part in version.split(".")[:2]) < oldest:
            wanted = ".".join(map(str, oldest))
            raise Failure(f"docker {plugin} is {version}; {wanted} or later is needed")
        found[plugin] = version
    return found


class Project:
    """Services that are described by compose files, under a name of their own."""

    def __init__(self, name, files, environment=None):
        self.name = name
        self.files = [str(file) for file in files]
        self.environment = {**os.environ, **(environment or {})}

    def compose(self, *arguments, patience=300):
        files = [argument for file in self.files for argument in ("--file", file)]
        return docker(
            "compose", "--project-name", self.name, *files, *arguments, patience=patience,
            env=self.environment)

    def configuration(self):
        return json.loads(self.compose("config", "--format", "json"))

    def containers(self, service):
        """Those of a service that run."""
        return self.compose("ps", "--quiet", service).split()

    def down(self):
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "20")


def inspect(container):
    return json.loads(docker("inspect", container))[0]


def megabytes_of_our_own(image):
    """How much of an image was built here, and does not come with its base."""
    layers = docker(
        "history", "--human=false", "--format", "{{.Comment}}\t{{.Size}}", image).splitlines()
    return sum(
        int(size) for comment, size in (layer.rsplit("\t", 1) for layer in layers)
        if comment.startswith("buildkit.dockerfile")) / 1e6
