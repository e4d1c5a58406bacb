"""The package's version, which is that of Agent Scrivener."""

VERSION = "0.1.0"
