"""An endpoint that is compatible with OpenAI's, as far as its API reference goes, and whose models are scripts.

It is faithful where clients can go wrong: it refuses requests that are not well-formed with the documented errors, checks
that results of tools follow the calls that they answer, streams chunks of the documented shape, and says
what was used in a last chunk only where it is asked for. What a model says follows from its name; `Endpoint.scripts` has
them. What each was asked, and how each exchange ended, is kept for whoever looks.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROLES = ("system", "developer", "user", "assistant", "tool")
FIELDS = (
    "model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens",
    "temperature", "seed", "tools", "response_format")


class Refused(Exception):
    """An answer that is no success, in the documented form."""

    def __init__(self, status, message, kind="invalid_request_error", code=None, headers=()):
        super().__init__(message)
        self.status, self.headers = status, dict(headers)
        self.body = {"error": {"message": message, "type": kind, "param": None, "code": code}}


class HangUp(Exception):
    """The connection ends without another word."""


class Endpoint:
    """Serves while it is entered."""

    def __init__(self, key=None):
        self.key = key
        self.scripts = dict(SCRIPTS)
        self.requests = []
        self.broken_off = threading.Event()
        self.lock = threading.Lock()
        self.turns = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def asked(self, model):
        """What a model was asked, in order."""
        with self.lock:
            return [each for each in self.requests if each["model"] == model]

    def turn(self, model):
        """How often a model was asked before."""
        with self.lock:
            self.turns[model] = self.turns.get(model, -1) + 1
            return self.turns[model]

    def check(self, headers, body):
        if self.key and headers.get("Authorization") != f"Bearer {self.key}":
            given = (headers.get("Authorization") or "").removeprefix("Bearer ")
            raise Refused(
                401, f"Incorrect API key provided: {given}.", code="invalid_api_key")
        request = json.loads(body)
        unknown = [name for name in request if name not in FIELDS]
        if unknown:
            raise Refused(400, f"Unrecognized request argument supplied: {unknown[0]}")
        if request.get("model") not in self.scripts:
            raise Refused(
                404, f"The model `{request.get('model')}` does not exist", code="model_not_found")
        check_messages(request.get("messages"))
        return request

    def handler(endpoint):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                names = [{"id": name, "object": "model"} for name in endpoint.scripts]
                self.reply(200, {"object": "list", "data": names})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    if self.path != "/v1/chat/completions":
                        raise Refused(404, f"Invalid URL (POST {self.path})")
                    request = endpoint.check(self.headers, body)
                    with endpoint.lock:
                        endpoint.requests.append(request)
                    model = request["model"]
                    endpoint.scripts[model](Answer(self, request), endpoint.turn(model))
                except Refused as refused:
                    self.reply(refused.status, refused.body, refused.headers)
                except HangUp:
                    self.close_connection = True
                    self.connection.close()
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True
                    endpoint.broken_off.set()

            def reply(self, status, body, headers=()):
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                for name, value in dict(headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

        return Handler


def check_messages(messages):
    if not messages:
        raise Refused(400, "[] is too short - 'messages'")
    open_calls = []
    for message in messages:
        role = message.get("role")
        if role not in ROLES:
            raise Refused(400, f"'{role}' is not one of {list(ROLES)} - 'messages'")
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                raise Refused(
                    400, "messages with role 'tool' must be a response to a preceding message "
                    "with 'tool_calls'.")
            open_calls.remove(message["tool_call_id"])
            continue
        if open_calls:
            raise Refused(
                400, "An assistant message with 'tool_calls' must be followed by tool messages "
                f"responding to each 'tool_call_id'. Missing: {', '.join(open_calls)}")
        open_calls = [call["id"] for call in message.get("tool_calls") or []]
        if not open_calls and not isinstance(message.get("content"), str):
            raise Refused(400, "Invalid value for 'content': expected a string, got null.")


class Answer:
    """One answer, in the form that was asked for."""

    def __init__(self, http, request):
        self.http, self.request = http, request
        self.streams = bool(request.get("stream"))
        self.has_begun = False

    # MARK: Streams

    def begin(self):
        self.has_begun = True
        self.http.send_response(200)
        self.http.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.http.send_header("Transfer-Encoding", "chunked")
        self.http.end_headers()

    def raw(self, text):
        if not self.has_begun:
            self.begin()
        data = text.encode()
        self.http.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.http.wfile.flush()

    def chunk(self, delta=None, reason=None, **more):
        choices = [] if delta is None and reason is None else [
            {"index": 0, "delta": delta or {}, "logprobs": None, "finish_reason": reason}]
        self.raw("data: " + json.dumps({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000,
            "model": self.request["model"], "system_fingerprint": None, "choices": choices,
            **more}) + "\n\n")

    def end(self, reason, usage):
        self.chunk(reason=reason)
        if (self.request.get("stream_options") or {}).get("include_usage"):
            self.chunk(usage=usage)
        self.raw("data: [DONE]\n\n")
        self.http.wfile.write(b"0\r\n\r\n")

    # MARK: Whole answers

    def say(self, text, reason="stop", pause=0.0):
        """Some words at a time."""
        usage = {
            "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
            "prompt_tokens_details": {"cached_tokens": 40}}
        if not self.streams:
            return self.whole({"role": "assistant", "content": text}, reason, usage)
        self.chunk({"role": "assistant", "content": ""})
        for start in range(0, len(text), 16):
            self.chunk({"content": text[start:start + 16]})
            time.sleep(pause)
        self.end(reason, usage)

    def call(self, *calls):
        """Calls of tools, their arguments in pieces."""
        usage = {"prompt_tokens": 80, "completion_tokens": 10, "total_tokens": 90}
        if not self.streams:
            listed = [
                {"id": f"call_{place}", "type": "function",
                 "function": {"name": name, "arguments": json.dumps(arguments)}}
                for place, (name, arguments) in enumerate(calls)]
            return self.whole(
                {"role": "assistant", "content": None, "tool_calls": listed}, "tool_calls", usage)
        for place, (name, arguments) in enumerate(calls):
            self.chunk({"tool_calls": [{
                "index": place, "id": f"call_{place}", "type": "function",
                "function": {"name": name, "arguments": ""}}]})
            text = json.dumps(arguments)
            for start in range(0, len(text), 7):
                self.chunk({"tool_calls": [{
                    "index": place, "function": {"arguments": text[start:start + 7]}}]})
        self.end("tool_calls", usage)

    def whole(self, message, reason, usage):
        self.http.reply(200, {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000,
            "model": self.request["model"], "usage": usage, "choices": [{
                "index": 0, "message": message, "logprobs": None, "finish_reason": reason}]})


# MARK: Models


def echo(answer, turn):
    """Says what it was asked."""
    answer.say(answer.request["messages"][-1]["content"])


def tools(answer, turn):
    """Calls a tool that it has and one that it has not, and tells what came of it."""
    results = [each for each in answer.request["messages"] if each["role"] == "tool"]
    if results:
        return answer.say(" | ".join(each["content"] for each in results))
    answer.call(("count", {"text": "one two three"}), ("shell", {"command": "id"}))


def never_done(answer, turn):
    """Calls tools for as long as it may, and beyond."""
    answer.call(("count", {"text": "again"}))


def clumsy(answer, turn):
    """Needs to be told how JSON is written, and then what belongs into it."""
    corrections = sum(each["role"] == "assistant" for each in answer.request["messages"])
    answer.say(['{"score": 7', '{"score": "seven"}', '{"score": 7}'][min(corrections, 2)])


def hopeless(answer, turn):
    """Never writes JSON."""
    answer.say("Certainly! Here is what you asked for.")


def busy(answer, turn):
    """Asks to come back, once."""
    if turn == 0:
        raise Refused(
            429, "Rate limit reached for requests", "requests", "rate_limit_exceeded",
            {"Retry-After": "1"})
    answer.say("at last")


def overbooked(answer, turn):
    """Asks to come back tomorrow."""
    raise Refused(
        429, "You exceeded your current quota", "insufficient_quota", "insufficient_quota",
        {"Retry-After": "86400"})


def loading(answer, turn):
    """As llama.cpp's server, which is there before its model is."""
    if turn == 0:
        raise Refused(503, "Loading model", "unavailable_error", 503)
    answer.say("loaded")


def dropping(answer, turn):
    """Breaks off in the middle of its answer, once."""
    if turn == 0:
        answer.chunk({"role": "assistant", "content": "half an ans"})
        raise HangUp
    answer.say("a whole answer")


def garbage(answer, turn):
    """Streams what is no chunk."""
    answer.raw("data: <html>Bad gateway</html>\n\n")
    answer.end("stop", {})


def oversize(answer, turn):
    """Never ends."""
    while True:
        answer.chunk({"content": "more and more " * 64})


def slow(answer, turn):
    """Says a word now and then, for an hour."""
    for _ in range(36_000):
        answer.chunk({"content": "word "})
        time.sleep(0.1)


def silent(answer, turn):
    """Says nothing, until its client has left."""
    answer.http.connection.settimeout(600)
    if not answer.http.connection.recv(1):
        raise BrokenPipeError


def cut(answer, turn):
    """Reaches the limit of its tokens."""
    answer.say("and so on and so", reason="length")


def researcher(answer, turn):
    """Does what research agents ask for, and makes things up beside it."""
    schema = answer.request["response_format"]["json_schema"]["schema"]
    asked = json.loads(answer.request["messages"][-1]["content"])
    wanted = set(schema["properties"])
    if wanted == {"queries"}:
        answer.say(json.dumps({"queries": [
            {"query": "write-ahead log checkpoint recovery", "reason": "how it is undone"}]}))
    elif wanted == {"statements"}:
        first, second = asked["sentences"][:2]
        answer.say(json.dumps({"statements": [
            {"text": first["sentence"], "evidence": [first["number"]]},
            {"text": second["sentence"], "evidence": [second["number"], first["number"]]},
            {"text": "Nine of 10 databases lose their data on Tuesdays.", "evidence": [1]},
            {"text": first["sentence"] + " Believe me.", "evidence": []},
            {"text": "Made of nothing.", "evidence": [4711]}]}))
    elif wanted == {"judgements"}:
        answer.say(json.dumps({"judgements": [
            {"number": each["number"], "holds": each["number"] != 1, "reason": "says less"}
            for each in asked["pieces"]]}))
    else:
        raise Refused(400, "Invalid schema for response_format")


SCRIPTS = {
    "echo": echo, "tools": tools, "never-done": never_done, "clumsy": clumsy,
    "hopeless": hopeless, "busy": busy, "overbooked": overbooked, "loading": loading,
    "dropping": dropping, "garbage": garbage, "oversize": oversize, "slow": slow,
    "silent": silent, "cut": cut, "researcher": researcher}
