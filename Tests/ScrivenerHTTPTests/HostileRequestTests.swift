// Requests that nobody sends by mistake: contradictions, floods, silence. Each is refused as `docs/api.md`
// says, and whoever comes next is served.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HostileRequestTests {
    private static let submission =
        "POST /v1/sessions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"

    /// What a proxy before the coordinator and the coordinator could read differently: where one request
    /// ends and the next begins would be up to the sender. The connection is closed, and nothing of it
    /// is taken.
    @Test(arguments: [
        "Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}{}",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "Content-Length: -1\r\n\r\n{}",
        "Content-Length: 99999999999999999999\r\n\r\n{}",
        "Content-Length : 2\r\n\r\n{}",
    ])
    func aRequestThatContradictsItself(rest: String) async throws {
        try await TestServer.run { server in
            let answer = try await Self.answer(to: Self.submission + rest, from: server)
            #expect(answer.status == 400)
            #expect(answer.headers["connection"] == "close")
            #expect(await server.gateway.submissions.isEmpty)
            #expect(try await server.get("/healthz").status == 200)
        }
    }

    /// Headers are kept in memory before anything is known of the request.
    @Test(arguments: [
        (1..<1_100).map { "X-\($0): y\r\n" }.joined(),
        "X: " + String(repeating: "y", count: 90_000) + "\r\n",
    ])
    func aFloodOfHeaders(headers: String) async throws {
        try await TestServer.run { server in
            let request = "GET /healthz HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n"
            let answer = try await Self.answer(to: request, from: server)
            #expect(answer.status == 400)
            #expect(try await server.get("/healthz").status == 200)
        }
    }

    @Test func anAddressLongerThanHeadersMayBe() async throws {
        try await TestServer.run { server in
            let path = "/v1/sessions/" + String(repeating: "a", count: 90_000)
            let request = "GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n"
            let answer = try await Self.answer(to: request, from: server)
            #expect(answer.status == 400)
            #expect(try await server.get("/healthz").status == 200)
        }
    }

    /// Somebody opens connections, sends the beginning of a request, and waits. The connection is closed
    /// after the idle timeout, and what it held of the budget for plans is free again.
    @Test(arguments: ["POST /v1/sess", Self.submission + "Content-Length: 100\r\n\r\n{"])
    func aClientThatFallsSilent(beginning: String) async throws {
        let configuration = HTTPConfiguration(
            maximumPlanBytes: 100, maximumPlanBytesInFlight: 100,
            idleTimeout: .milliseconds(200))
        try await TestServer.run(configuration) { server in
            try await RawClient.connect(port: server.port) { connection in
                try await connection.send(beginning)
                _ = try? await connection.readToEnd()
            }
            // On a busy machine this request, too, may be silent for too long: it is sent again then.
            var answer: RawResponse?
            repeat {
                answer = try? await server.post("/v1/sessions", "{}", type: "application/json")
            } while answer == nil || answer?.status == 429
            #expect(answer?.status == 201)
        }
    }

    /// There are no files behind the paths, whichever way the steps upwards are written.
    @Test(arguments: [
        "/v1/../../etc/passwd", "/../etc/passwd", "/v1/sessions/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/v1/sessions/..%00", "/v1/sessions/..%5c..%5cetc", "//etc/passwd",
        "/openapi.yaml/../../Package.swift", "/v1/sessions/%FF%FE", "/v1/sessions/s-1%0d%0aX:1",
    ])
    func stepsUpwardsLeadNowhere(path: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get(path)
            #expect(answer.status == 404)
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(answer.headers["x"] == nil)
            #expect(answer.body.contains(#"_not_found""#))
        }
    }

    /// Bodies that are not what a route takes: each is told what is, and where.
    @Test(arguments: [
        ("[]", "application/json", 400), ("{", "application/json", 400),
        (#"{"priority": "9"}"#, "application/json", 400),
        (#"{"priority": 9, "priority": 9}"#, "application/json", 400),
        (#"{"priority": 1e400}"#, "application/json", 400),
        (#"{"priority": 9}"#, "text/plain", 415), (#"{"priority": 9}"#, "application/yaml", 415),
        (String(repeating: "[", count: 4_000), "application/json", 400),
        (String(repeating: " ", count: 4_097), "application/json", 413),
    ])
    func bodiesOfTheWrongKind(body: String, type: String, status: Int) async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/v1/sessions/s-1/priority", body, type: type)
            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(await server.gateway.asked.isEmpty)
        }
    }

    /// A probe that asks with HEAD keeps its connection. A body after such an answer would be taken for
    /// the beginning of the next one.
    @Test(arguments: [("/healthz", 200), ("/v1/sessions/nope", 404), ("/v1/journal/backups", 405)])
    func headHasNoBody(path: String, status: Int) async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { connection in
                try await connection.send("HEAD \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
                let head = try await connection.read(through: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 \(status) "))
                try await connection.send(
                    "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                let next = try await connection.readToEnd()
                #expect(next.hasPrefix("HTTP/1.1 200 OK\r\n"))
            }
        }
    }

    private static func answer(
        to request: String, from server: TestServer
    ) async throws -> RawResponse {
        try await RawClient.connect(port: server.port) { connection in
            try await connection.send(request)
            return try RawClient.response(from: try await connection.readToEnd())
        }
    }
}
