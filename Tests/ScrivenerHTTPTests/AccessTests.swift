// Every route, asked by everybody who must not be let in.

import HTTPTypes
import ScrivenerModel
import ScrivenerSecurity
import Testing

@testable import ScrivenerHTTP

@Suite(.timeLimit(.minutes(1)))
struct AccessTests {
    private static let open: Set = [
        "GET /healthz", "GET /readyz", "GET /login", "GET /login/{file}", "POST /login",
        "POST /logout",
    ]

    /// A route that somebody adds is open to nobody before it stands here.
    @Test func onlyProbesAndTheLogInAreOpen() {
        let routes = APIRoutes.described.routes
        let found = routes.filter { $0.access == .open }.map(\.described)
        #expect(Set(found) == Self.open)
        // What others' protocols ask for stands in the message: its routes look for themselves.
        #expect(
            routes.filter { $0.method != .get && $0.access == .read }.map(\.described).sorted()
                == ["POST /a2a", "POST /mcp"])
        #expect(
            routes.filter { $0.access == .admin }.map(\.described).sorted()
                == ["POST /v1/journal/backups", "POST /v1/workers/{worker}/drain"])
    }

    /// A path of a route, with something in each of its places.
    private static func path(_ route: Route) -> String {
        route.path.split(separator: "/").map { $0.hasPrefix(":") ? "x" : String($0) }
            .reduce("") { $0 + "/" + $1 } + (route.path == "/" ? "/" : "")
    }

    private static func ask(
        _ route: Route, _ headers: [String: String], _ server: TestServer
    ) async throws -> RawResponse {
        try await RawClient.send(
            route.method.rawValue, path(route), headers: headers,
            body: route.method == .get ? nil : "", port: server.port)
    }

    /// Whoever forgets the token, has one of another coordinator, or one that is over, gets nothing from any route,
    /// and is told what to show.
    @Test func withoutAGoodTokenNothingIsReached() async throws {
        let folder = try TokenFolder()
        let good = try #require(folder.tokens["admin"])
        let wrong: [(headers: [String: String], code: String, challenge: String)] = [
            ([:], "token_missing", "Bearer realm=\"scrivener\""),
            (["Authorization": "Basic " + good], "token_missing", "Bearer realm=\"scrivener\""),
            (["Authorization": good], "token_missing", "Bearer realm=\"scrivener\""),
            (["X-Token": good, "Cookie": "token=" + good], "token_missing", "Bearer realm"),
            (["Cookie": "scrivener_0=" + good], "token_invalid", "error=\"invalid_token\""),
            (["Cookie": "__Host-scrivener_0=x"], "token_invalid", "error=\"invalid_token\""),
        ]
        try await TestServer.run(security: try folder.security()) { server in
            for route in APIRoutes.described.routes where route.access != .open {
                for (headers, code, challenge) in wrong {
                    let answer = try await Self.ask(route, headers, server)
                    #expect(answer.status == 401, "\(route.described) \(headers.keys)")
                    #expect(answer.body.contains("\"code\":\"\(code)\""), "\(route.described)")
                    #expect(answer.headers["www-authenticate"]?.contains(challenge) == true)
                }
                guard route.method == .get else { continue }
                let inURL = try await server.get(
                    Self.path(route) + "?token=\(good)&access_token=\(good)")
                #expect(inURL.status == 401, "\(route.described)")
            }
            #expect(await server.gateway.asked.isEmpty)
            #expect(await server.gateway.submissions.isEmpty)
        }
    }

    /// Wrong tokens, one address a test: they are counted.
    @Test(arguments: ["scr_x", "expired", "revoked", "", "other"])
    func aWrongTokenOpensNothing(name: String) async throws {
        let folder = try TokenFolder()
        let text =
            switch name {
            case "other": APIToken.random().text
            case "revoked": try #require(folder.tokens["admin"])
            default: folder.tokens[name] ?? name
            }
        if name == "revoked" { try folder.revoke("admin") }
        let headers = folder.header(text)
        try await TestServer.run(security: try folder.security()) { server in
            for route in APIRoutes.described.routes where route.access != .open {
                let answer = try await Self.ask(route, headers, server)
                // The first few are told what is wrong.
                #expect([401, 429].contains(answer.status), "\(route.described)")
                #expect(!answer.body.contains(text) || text.isEmpty)
            }
            #expect(await server.gateway.asked.isEmpty)
            #expect(await server.gateway.submissions.isEmpty)
        }
    }

    /// Somebody with a weaker token sees what it lacks, and one with a right one reaches the route, whatever it
    /// answers then.
    @Test(arguments: TokenScope.allCases)
    func aScopeOpensWhatItAllowsAndNothingElse(scope: TokenScope) async throws {
        let folder = try TokenFolder()
        try await TestServer.run(security: try folder.security()) { server in
            for route in APIRoutes.described.routes where !route.isStream {
                let answer = try await Self.ask(route, folder.header(scope.rawValue), server)
                let needed = route.access.scope ?? .read
                guard needed > scope else {
                    #expect(![401, 403].contains(answer.status), "\(route.described)")
                    continue
                }
                #expect(answer.status == 403, "\(route.described)")
                #expect(answer.body.contains("\"code\":\"scope_missing\""))
                #expect(
                    answer.headers["www-authenticate"]
                        == "Bearer realm=\"scrivener\", error=\"insufficient_scope\", "
                        + "scope=\"\(needed.rawValue)\"")
            }
        }
    }

    /// What is read here is many times as large in memory.
    @Test(arguments: ["/mcp", "/a2a"])
    func whoeverMayOnlyReadSendsNoLargeMessages(path: String) async throws {
        let folder = try TokenFolder()
        let text = String(repeating: "x", count: maximumRPCQuestionBytes)
        let body = #"{"jsonrpc": "2.0", "id": 1, "method": "\#(text)"}"#
        try await TestServer.run(security: try folder.security()) { server in
            let refused = try await server.post(
                path, body, type: "application/json", headers: folder.header("read"))
            #expect(refused.status == 413)
            let heard = try await server.post(
                path, body, type: "application/json", headers: folder.header("submit"))
            #expect(heard.status != 413)
        }
    }

    /// HEAD is GET without a body, also for those who may not ask.
    @Test func headNeedsATokenAsWell() async throws {
        let folder = try TokenFolder()
        try await TestServer.run(security: try folder.security()) { server in
            for (headers, status) in [([:], 401), (folder.header("read"), 200)] {
                let answer = try await RawClient.send(
                    "HEAD", "/v1/status", headers: headers, port: server.port)
                #expect(answer.status == status && answer.body.isEmpty)
            }
        }
    }

    /// Somebody tries token after token. Good ones from the same address are let in all the while.
    @Test func whoeverTriesManyIsSlowedDownAndNobodyElse() async throws {
        let folder = try TokenFolder()
        try await TestServer.run(security: try folder.security()) { server in
            var statuses: [Int] = []
            // On a busy machine one is forgotten now and then.
            while statuses.last != 429 {
                let answer = try await server.get("/v1/status", headers: folder.header("scr_no"))
                statuses.append(answer.status)
                if answer.status == 429 {
                    #expect(answer.headers["retry-after"].flatMap { Int($0) } ?? 0 > 0)
                    #expect(answer.body.contains("\"code\":\"too_many_failures\""))
                }
                let good = try await server.get("/v1/status", headers: folder.header("read"))
                #expect(good.status == 200)
            }
            #expect(statuses.dropLast().allSatisfy { $0 == 401 })
            #expect(server.metrics.refusals.filter { $0 == .tokenInvalid }.count >= 10)
            #expect(server.metrics.refusals.contains(.tooManyFailures))
        }
    }

    /// A token is revoked while the coordinator runs.
    @Test func aRevokedTokenIsOutWithoutARestart() async throws {
        let folder = try TokenFolder()
        let security = try folder.security()
        try await TestServer.run(security: security) { server in
            let header = folder.header("submit")
            #expect(try await server.get("/v1/status", headers: header).status == 200)
            try folder.revoke("submit")
            // The server looks once a second; a test may look as well.
            _ = try security.tokens?.reload()
            #expect(try await server.get("/v1/status", headers: header).status == 401)
            #expect(
                try await server.get("/v1/status", headers: folder.header("read")).status == 200)
        }
    }

    @Test func anybodyFindsOutWhatAnAccessIsGoodFor() async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/v1/access")
            #expect(answer.body == #"{"required":false,"scope":"admin"}"#)
        }
        let folder = try TokenFolder()
        try await TestServer.run(security: try folder.security()) { server in
            let answer = try await server.get("/v1/access", headers: folder.header("submit"))
            #expect(answer.body == #"{"required":true,"scope":"submit","token":"submit"}"#)
        }
    }
}

extension Route {
    /// Whether its answer does not end by itself.
    fileprivate var isStream: Bool { path.hasSuffix("/events") }
}
