"""An HTTP server that answers as it is told, and then as it is told next."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeAPI:
    """Answers each request with the next of what it was given; remembers what was asked."""

    def __init__(self):
        self.answers = []
        self.asked = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                fake.asked.append((
                    self.command, self.path, dict(self.headers), json.loads(body) if body else None))
                fake.answers.pop(0)(self)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    # What it is told

    def says(self, value, status=200, **headers):
        body = json.dumps(value).encode()

        def answer(handler):
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(body)))
            for name, text in headers.items():
                handler.send_header(name.replace("_", "-"), text)
            handler.end_headers()
            handler.wfile.write(body)

        self.answers.append(answer)

    def hangs_up(self):
        """In the middle of a request, as a coordinator that is killed."""
        def hang_up(handler):
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)

        self.answers.append(hang_up)

    def streams(self, *lines):
        """Lines of JSON, and then the end of the connection."""

        def answer(handler):
            handler.send_response(200)
            handler.send_header("Connection", "close")
            handler.end_headers()
            for line in lines:
                handler.wfile.write(line if isinstance(line, bytes) else event(*line))
                handler.wfile.flush()
            handler.close_connection = True

        self.answers.append(answer)


def event(name, data=None, id=None):
    line = {"event": name, "data": data if data is not None else {}}
    if id is not None:
        line["id"] = id
    return json.dumps(line).encode() + b"\n"
