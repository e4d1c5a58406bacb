// Requests that a browser sends for somebody else's page, where nobody needs a token: names that were bent to this
// machine, and pages of other origins.

import ScrivenerModel
import Testing

@testable import ScrivenerHTTP

@Suite(.timeLimit(.minutes(1)))
struct ForeignRequestTests {
    private static let configuration = HTTPConfiguration(allowedHosts: ["Scrivener.example.org"])

    /// A page at attacker.example has its name point to 127.0.0.1, and asks "its own" host.
    @Test(arguments: [
        "attacker.example", "attacker.example:7411", "localhost.attacker.example",
        "127.0.0.1.attacker.example", "0x7f.1", "2130706433", "127.1", "localhost.",
        "localhost@attacker.example", "[::1", "[attacker.example]", "[127.0.0.1]", ":80", "",
        "localhost:x", "localhost:99999", "localhost:80:80", "[::1]x", "a b",
        "scrivener.example.org.attacker.example",
    ])
    func aNameThatIsNotOursIsRefused(host: String) async throws {
        try await TestServer.run(Self.configuration) { server in
            for path in ["/v1/status", "/", "/healthz", "/nowhere"] {
                let answer = try await server.get(path, headers: ["Host": host])
                #expect(answer.status == 421, "\(host)")
                #expect(answer.body.contains(#""code":"host_not_allowed""#))
            }
            let answer = try await server.post(
                "/v1/sessions", "{}", type: "application/json", headers: ["Host": host])
            #expect(answer.status == 421)
            #expect(await server.gateway.submissions.isEmpty)
            #expect(server.metrics.refusals.allSatisfy { $0 == .hostNotAllowed })
        }
    }

    @Test(arguments: [
        "localhost", "LOCALHOST:7411", "pool.localhost:1", "127.0.0.1", "127.0.0.1:7411",
        "10.77.0.1:7411", "[::1]", "[::1]:7411", "[fe80::1]", "scrivener.example.org",
        "SCRIVENER.example.org:443",
    ])
    func aNameThatIsOursIsServed(host: String) async throws {
        try await TestServer.run(Self.configuration) { server in
            let answer = try await server.get("/v1/status", headers: ["Host": host])
            #expect(answer.status == 200)
        }
    }

    /// A proxy may look at one, and the coordinator at the other.
    @Test(arguments: ["Host: localhost\r\nHost: attacker.example\r\n", ""])
    func aRequestHasOneHost(lines: String) async throws {
        try await TestServer.run { server in
            let text = try await RawClient.connect(port: server.port) { connection in
                try await connection.send(
                    "GET /v1/status HTTP/1.1\r\n\(lines)Connection: close\r\n\r\n")
                return try await connection.readToEnd()
            }
            #expect([400, 421].contains(try RawClient.response(from: text).status))
        }
    }

    /// A page of another origin has the browser send a form, or a request without a preflight.
    @Test(arguments: [
        ["Sec-Fetch-Site": "cross-site", "Origin": "https://attacker.example"],
        ["Sec-Fetch-Site": "cross-site"],
        // Another port of this machine is the same site, and another origin.
        ["Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"],
        ["Origin": "https://attacker.example"], ["Origin": "null"],
        ["Origin": "http://localhost:3000"], ["Origin": "http://localhost.attacker.example"],
        ["Origin": "localhost"], ["Origin": ""],
        // What says that it is ours, and comes from elsewhere.
        ["Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"],
    ])
    func anotherOriginChangesNothing(headers: [String: String]) async throws {
        try await TestServer.run { server in
            for path in [
                "/v1/sessions", "/v1/sessions/s-1/cancel", "/v1/workers/w/drain", "/login",
                "/logout",
            ] {
                let answer = try await server.post(
                    path, "{}", type: "application/json", headers: headers)
                #expect(answer.status == 403, "\(path)")
                #expect(answer.body.contains(#""code":"origin_not_allowed""#))
                #expect(!answer.headers.keys.contains { $0.hasPrefix("access-control-") })
            }
            #expect(await server.gateway.submissions.isEmpty)
            #expect(await server.gateway.asked.isEmpty)
        }
    }

    @Test(arguments: [
        [:], ["Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"],
        ["Sec-Fetch-Site": "none"], ["Origin": "http://localhost"],
        // A proxy may have TLS where the coordinator has none.
        ["Origin": "https://LOCALHOST"],
    ])
    func ourOwnPageAndProgramsAreServed(headers: [String: String]) async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/v1/sessions", "{}", type: "application/json", headers: headers)
            #expect(answer.status == 201)
        }
    }

    /// A preflight is answered as what it is: something that is not served.
    @Test func noOtherOriginIsLetIn() async throws {
        try await TestServer.run { server in
            let answer = try await RawClient.send(
                "OPTIONS", "/v1/sessions",
                headers: [
                    "Origin": "https://attacker.example", "Access-Control-Request-Method": "POST",
                ], port: server.port)
            #expect(answer.status == 405)
            #expect(!answer.headers.keys.contains { $0.hasPrefix("access-control-") })
        }
    }

    /// Every answer says how it is to be taken, also one that refuses.
    @Test(arguments: ["/v1/status", "/v1/sessions/nope", "/nowhere", "/healthz", "/openapi.yaml"])
    func everyAnswerSaysHowItIsToBeTaken(path: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get(path)
            #expect(answer.headers["x-content-type-options"] == "nosniff")
            #expect(answer.headers["cross-origin-resource-policy"] == "same-origin")
            #expect(answer.headers["cache-control"] == "no-store")
        }
    }
}
