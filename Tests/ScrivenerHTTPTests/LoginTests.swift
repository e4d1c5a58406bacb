// Log-ins of browsers.

import ScrivenerModel
import ScrivenerSecurity
import Testing

@testable import ScrivenerHTTP

@Suite(.timeLimit(.minutes(1)))
struct LoginTests {
    private static func logIn(
        _ token: String, _ server: TestServer, headers: [String: String] = [:]
    ) async throws -> RawResponse {
        try await server.post(
            "/login", #"{"token": "\#(token)"}"#, type: "application/json", headers: headers)
    }

    /// The cookie that an answer sets, as a browser sends it back.
    private static func cookie(of answer: RawResponse) throws -> [String: String] {
        let text = try #require(answer.headers["set-cookie"])
        return ["Cookie": "theme=dark; " + String(text.prefix { $0 != ";" })]
    }

    @Test func aCookieStandsForTheTokenUntilItIsLoggedOut() async throws {
        let folder = try TokenFolder()
        let token = try #require(folder.tokens["submit"])
        try await TestServer.run(security: try folder.security()) { server in
            let answer = try await Self.logIn(token, server)
            #expect(answer.status == 200)
            #expect(answer.body.contains(#""scope":"submit","token":"submit"}"#))
            let text = try #require(answer.headers["set-cookie"])
            #expect(text.hasPrefix("scrivener_0="))
            #expect(text.hasSuffix("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"))
            #expect(!text.contains(token) && !answer.body.contains(token))
            let cookie = try Self.cookie(of: answer)
            #expect(try await server.get("/v1/status", headers: cookie).status == 200)
            #expect(try await server.get("/", headers: cookie).status == 200)
            let access = try await server.get("/v1/access", headers: cookie)
            #expect(access.body.contains("login_ends_at"))
            let drain = try await server.post("/v1/workers/w/drain", "", headers: cookie)
            #expect(drain.status == 403)
            let end = try await server.post("/logout", "", headers: cookie)
            #expect(end.status == 204)
            #expect(end.headers["set-cookie"]?.contains("Max-Age=0") == true)
            #expect(try await server.get("/v1/status", headers: cookie).status == 401)
        }
    }

    @Test func aFormOfAPageIsTakenAsWell() async throws {
        let folder = try TokenFolder()
        let token = try #require(folder.tokens["read"])
        try await TestServer.run(security: try folder.security()) { server in
            let answer = try await server.post(
                "/login", "token=\(token)", type: "application/x-www-form-urlencoded")
            #expect(answer.status == 303 && answer.headers["location"] == "/")
            let cookie = try Self.cookie(of: answer)
            #expect(try await server.get("/v1/status", headers: cookie).status == 200)
        }
    }

    /// Over TLS, here or before the coordinator, the cookie never travels in clear text.
    @Test func aProxyWithTLSGetsASecureCookie() async throws {
        let folder = try TokenFolder()
        let token = try #require(folder.tokens["read"])
        try await TestServer.run(security: try folder.security()) { server in
            let answer = try await Self.logIn(
                token, server, headers: ["X-Forwarded-Proto": "https"])
            let text = try #require(answer.headers["set-cookie"])
            #expect(text.hasPrefix("__Host-scrivener_0=") && text.hasSuffix("; Secure"))
            let cookie = try Self.cookie(of: answer)
            #expect(try await server.get("/v1/status", headers: cookie).status == 200)
        }
    }

    /// Another host of the domain can set a cookie for all of it, though none with that prefix.
    @Test func overTLSNoOtherCookieIsTaken() {
        #expect(LoginCookie(port: 7411, isOverTLS: true).names == ["__Host-scrivener_7411"])
        #expect(
            LoginCookie(port: 7411, isOverTLS: false).names
                == ["__Host-scrivener_7411", "scrivener_7411"])
    }

    @Test(arguments: [
        (#"{"token": "scr_no"}"#, "application/json", 401), ("{}", "application/json", 400),
        (#"{"token": 1}"#, "application/json", 400), ("", "application/json", 400),
        (#"{"token": "x", "next": "//evil.example"}"#, "application/json", 400),
        ("token=", "application/x-www-form-urlencoded", 401),
        ("next=x", "application/x-www-form-urlencoded", 400), ("token=x", "text/plain", 415),
        (String(repeating: " ", count: 5_000), "application/json", 413),
    ])
    func whatIsNoLogInIsRefused(body: String, type: String, status: Int) async throws {
        let folder = try TokenFolder()
        try await TestServer.run(security: try folder.security()) { server in
            let answer = try await server.post("/login", body, type: type)
            #expect(answer.status == status)
            #expect(answer.headers["set-cookie"] == nil)
        }
    }

    /// Who has typed the address of the page, or of anything else, sees where to log in.
    @Test func peopleSeeWhereToLogIn() async throws {
        let folder = try TokenFolder()
        try await TestServer.run(security: try folder.security()) { server in
            for path in ["/", "/v1/status"] {
                let answer = try await server.get(
                    path, headers: ["Accept": "text/html,*/*;q=0.8", "If-None-Match": "*"])
                #expect(answer.status == 401)
                #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
                #expect(answer.headers["cache-control"] == "no-store")
                #expect(answer.headers["etag"] == nil)
                #expect(answer.body.contains(#"<form id="login""#))
            }
            let page = try await server.get("/login")
            #expect(page.status == 200)
            let policy = page.headers["content-security-policy"] ?? ""
            #expect(policy.hasSuffix("form-action 'self'; frame-ancestors 'none'"))
            for file in DashboardAssets.loginFiles {
                #expect(page.body.contains("/login/" + file), "\(file) is not used")
                #expect(try await server.get("/login/" + file).status == 200)
            }
        }
    }

    @Test func whereNobodyNeedsATokenNobodyLogsIn() async throws {
        try await TestServer.run { server in
            #expect(try await server.get("/login").status == 404)
            let answer = try await Self.logIn("scr_x", server)
            #expect(answer.status == 404 && answer.headers["set-cookie"] == nil)
            #expect(try await server.get("/").status == 200)
        }
    }

    /// A token is revoked while somebody is logged in with it, and follows the pool.
    @Test func aLogInEndsWithItsToken() async throws {
        let folder = try TokenFolder()
        let token = try #require(folder.tokens["read"])
        let security = try folder.security()
        let configuration = HTTPConfiguration(keepAlive: .milliseconds(50))
        try await TestServer.run(configuration, security: security) { server in
            let cookie = try Self.cookie(of: try await Self.logIn(token, server))
            let header = try #require(cookie["Cookie"])
            try await RawClient.connect(port: server.port) { client in
                try await client.send(
                    "GET /v1/sessions/s-1/events HTTP/1.1\r\nHost: h\r\nCookie: \(header)\r\n\r\n")
                _ = try await client.read(through: "\n\n")
                try folder.revoke("read")
                _ = try security.tokens?.reload()
                _ = try await client.readToEnd()
            }
            #expect(try await server.get("/v1/status", headers: cookie).status == 401)
        }
    }

    /// Nobody can fill the memory with log-ins: the oldest ends.
    @Test func logInsAreBoundedAndEnd() throws {
        var logins = LoginSessions()
        let token = TokenDigest(of: "token".utf8)
        func moment(_ seconds: Int64) -> Moment {
            Moment(
                instant: Instant(nanoseconds: seconds * 1_000_000_000),
                wall: WallTime(millisecondsSince1970: seconds * 1_000))
        }
        let ids = (0...Int64(LoginSessions.maximumCount)).map {
            logins.begin(with: token, at: moment($0)).id
        }
        #expect(Set(ids).count == ids.count && ids.allSatisfy { $0.utf8.count == 43 })
        #expect(logins.logins.count == LoginSessions.maximumCount)
        func isOpen(_ id: String, at seconds: Int64) -> Bool {
            logins.login(TokenDigest(of: id.utf8), at: moment(seconds).instant) != nil
        }
        #expect(!isOpen(ids[0], at: 1_024) && isOpen(ids[1], at: 1_024))
        #expect(isOpen(ids[1], at: 12 * 3_600) && !isOpen(ids[1], at: 12 * 3_600 + 1))
        logins.end(TokenDigest(of: ids[2].utf8))
        #expect(!isOpen(ids[2], at: 1_024))
        _ = logins.begin(with: token, at: moment(14 * 3_600))
        #expect(logins.logins.count == 1, "those that have ended make room")
    }
}
