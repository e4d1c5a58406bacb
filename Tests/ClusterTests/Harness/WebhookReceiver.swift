// A receiver of webhooks, in Python: it verifies signatures with code that is not ours.

import Foundation
import ScrivenerModel

/// A process that takes messages to callbacks, and says what came.
struct WebhookReceiver: Sendable {
    /// A message that came.
    struct Arrival: Sendable, Decodable {
        var id: String
        /// Whether the signature is right and the time is now.
        var valid: Bool
        var path: String
        var type: String
        /// The message's `data`.
        var sessionID: String
        var taskID: String?
        var code: String?

        enum CodingKeys: String, CodingKey {
            case id, valid, path, type, code
            case sessionID = "session_id"
            case taskID = "task_id"
        }
    }

    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    let process: RunningProcess
    let port: Int

    /// Waits for the `count`th message.
    func arrival(_ count: Int) async throws -> Arrival {
        let line = try await process.line(count, containing: #""valid""#)
        return try JSONDecoder().decode(Arrival.self, from: Data(line.utf8))
    }

    /// How many messages have come.
    var arrivals: Int { process.log.split(separator: "\n").count { $0.contains(#""valid""#) } }

    /// A callback to this receiver.
    func callback(
        host: String = "127.0.0.1", events: [CallbackEvent] = CallbackEvent.ends
    ) throws -> PlanCallback {
        PlanCallback(
            url: try CallbackURL("http://\(host):\(port)/hook?token=hidden"), events: events,
            secret: try CallbackSecret(Self.secret))
    }

    fileprivate static let program = #"""
        import base64, hashlib, hmac, http.server, json, sys, time
        key = base64.b64decode(sys.argv[1].removeprefix("whsec_"))
        statuses = [int(word) for word in sys.argv[2].split(",")]

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                id, at = self.headers["webhook-id"], self.headers["webhook-timestamp"]
                signed = f"{id}.{at}.".encode() + body
                digest = hmac.new(key, signed, hashlib.sha256).digest()
                expected = "v1," + base64.b64encode(digest).decode()
                valid = hmac.compare_digest(expected, self.headers["webhook-signature"])
                message = json.loads(body)
                data = message["data"]
                status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
                print(json.dumps({
                    "id": id, "path": self.path, "type": message["type"],
                    "valid": valid and abs(time.time() - int(at)) < 300 and message["id"] == id,
                    "session_id": data["session_id"], "task_id": data.get("task_id"),
                    "code": data.get("error", {}).get("code"),
                }), flush=True)
                if status == 0:
                    time.sleep(3600)
                self.send_response(status)
                self.send_header("location", "/elsewhere")
                self.end_headers()
                self.wfile.write(b"thanks")

            def log_message(self, *words):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        print(f"receiver port={server.server_port}", flush=True)
        server.serve_forever()
        """#
}

extension Cluster {
    /// Starts a receiver of webhooks.
    ///
    /// - Parameter statuses: what it answers, the last one for ever; 0 is no answer at all.
    func startReceiver(answering statuses: Int...) async throws -> WebhookReceiver {
        try folder.write(WebhookReceiver.program, to: "receiver.py")
        let process = try start(
            path: "/usr/bin/env", name: "receiver",
            [
                "python3", folder.path + "/receiver.py", WebhookReceiver.secret,
                statuses.map(String.init).joined(separator: ","),
            ])
        let port = try await process.first { Self.number(in: $0, after: "receiver") }
        return WebhookReceiver(process: process, port: port)
    }

    /// What became of a session's callbacks, when it is as wanted. That a delivery was noted is told nobody, so the
    /// coordinator is asked; the suite's time limit is the end of that.
    func callbacks(
        of session: String, until isWanted: ([SessionCallback]) -> Bool
    ) async throws -> (callbacks: [SessionCallback], output: String) {
        while true {
            let outcome = try await scrivener("session", "callbacks", session, "--output", "json")
            let found = try outcome.decoded(SessionCallbackList.self).callbacks
            if isWanted(found) { return (found, outcome.output) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
