"""The worker's shell: its socket, its files, its agents. What is done when is `agent_scrivener.machine`'s to say."""
