"""A server of tools with one tool: counts the words of a text.

  python wordcount.py              on standard input and output
  python wordcount.py --port 9000  over HTTP, at http://127.0.0.1:9000/mcp

Needs the package mcp (2.x).
"""

import argparse
from typing import TypedDict

from mcp.server import MCPServer
from mcp.server.mcpserver import Context

server = MCPServer("wordcount")


class Count(TypedDict):
    words: int
    most: list[str]


@server.tool()
async def count_words(text: str, context: Context, top: int = 3) -> Count:
    """Counts the words of a text, and names those that it has most."""
    words = text.lower().split()
    await context.report_progress(1, total=2, message="split")
    counts = {word: words.count(word) for word in words}
    most = sorted(counts, key=lambda word: (-counts[word], word))[:top]
    await context.report_progress(2, total=2, message="counted")
    return {"words": len(words), "most": most}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    port = parser.parse_args().port
    if port is None:
        server.run()
    else:
        server.run(transport="streamable-http", port=port)
