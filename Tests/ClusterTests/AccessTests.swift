// Tokens and TLS, from the command that makes a token to the request that needs it, with real processes.

import AgentScrivener
import Foundation
import FoundationNetworking
import Testing

extension ClusterTests {
    @Suite struct Access {}
}

extension Cluster {
    var keys: String { folder.path + "/keys" }

    /// Makes a token as an operator does.
    ///
    /// - Returns: the file that holds it.
    func makeToken(_ name: String, scope: String) async throws -> String {
        let file = folder.path + "/" + name + ".token"
        let made = try await scrivener(
            "keys", "api-token", name, "--scope", scope, "--keys", keys, "--output", file)
        guard made.code == 0, made.output.isEmpty else { throw HarnessError(made.error) }
        return file
    }

    /// Asks by hand.
    func ask(
        _ path: String, method: String = "GET", headers: [String: String] = [:],
        body: String? = nil
    ) async throws -> (status: Int, headers: String, body: String) {
        var request = URLRequest(url: try #require(URL(string: url + path)))
        request.httpMethod = method
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        request.httpBody = body.map { Data($0.utf8) }
        // A cookie that a test got is sent when the test says so.
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        let session = URLSession(configuration: configuration)
        defer { session.finishTasksAndInvalidate() }
        let (data, response) = try await session.data(for: request)
        let answer = try #require(response as? HTTPURLResponse)
        return (
            answer.statusCode, "\(answer.allHeaderFields)", String(decoding: data, as: UTF8.self)
        )
    }
}

extension ClusterTests.Access {
    /// An operator makes tokens, gives them away and takes one back; the coordinator runs all the while.
    @Test func `Tokens are made, used and taken back while the coordinator runs`() async throws {
        try await Cluster.run { cluster in
            let admin = try await cluster.makeToken("ops", scope: "admin")
            try await cluster.startCoordinator(["--keys", cluster.keys])
            try await cluster.startWorker("w1")

            let stranger = try await cluster.scrivener("status")
            #expect(stranger.code == 1)
            #expect(stranger.error.contains("[token_missing]"))
            #expect(stranger.error.contains("--token-file"))
            let ops = ["SCRIVENER_TOKEN_FILE": admin]
            let run = try await cluster.scrivener(
                "session", "submit", "-", "--wait", input: try ResearchPlan.of([.echo("a")]).json,
                variables: ops)
            #expect(run.code == 0, "\(run.error)")

            let reader = try await cluster.makeToken("reader", scope: "read")
            try await cluster.wait(until: { $0.code == 0 }) {
                try await cluster.scrivener("session", "list", "--token-file", reader)
            }
            let refused = try await cluster.scrivener(
                "session", "submit", "-", "--token-file", reader,
                input: try ResearchPlan.of([.echo("a")]).json)
            #expect(refused.code == 1 && refused.error.contains("[scope_missing]"))
            let list = try await cluster.scrivener(
                "keys", "api-tokens", "--keys", cluster.keys, "--output", "json")
            #expect(list.output.contains(#""name":"ops","scope":"admin""#))
            #expect(list.output.contains(#""name":"reader","scope":"read""#))

            try await AgentOrchestrator.connect(to: cluster.url, tokenFile: admin).whileRunning {
                let status = try await $0.orchestratorStatus()
                #expect(status.activeSessions == 0)
            }

            let taken = try await cluster.scrivener(
                "keys", "revoke", "reader", "--keys", cluster.keys)
            #expect(taken.code == 0, "\(taken.error)")
            try await cluster.wait(until: { $0.error.contains("[token_invalid]") }) {
                try await cluster.scrivener("session", "list", "--token-file", reader)
            }
            #expect(try await cluster.scrivener("status", variables: ops).code == 0)
        }
    }

    /// Secrets go everywhere that a client can put them, and are found nowhere: not in what any process says, not in
    /// what the coordinator keeps, not in its metrics and not in its answers.
    @Test func `A canary is found in no log, journal, metric or error`() async throws {
        try await Cluster.run { cluster in
            let admin = try await cluster.makeToken("ops", scope: "admin")
            let token = try cluster.folder.text(of: "ops.token").split(separator: "\n").joined()
            try FileManager.default.removeItem(atPath: admin)
            let canary = "scr_canary" + String(repeating: "7", count: 43)
            let options = ["--keys", cluster.keys, "--log-level", "trace"]
            let coordinator = try await cluster.startCoordinator(options)
            let worker = try await cluster.startWorker("w1", options: ["--log-level", "trace"])
            let bearer = ["Authorization": "Bearer \(token)"]

            var said = ""
            for secret in [token, canary] {
                let json = ["Content-Type": "application/json"]
                let form = ["Content-Type": "application/x-www-form-urlencoded"]
                let attempts: [(path: String, headers: [String: String], body: String?)] = [
                    ("/v1/status", ["Authorization": "Bearer \(secret)"], nil),
                    ("/v1/status", ["Authorization": "Basic \(secret)"], nil),
                    ("/v1/status", ["Authorization": secret], nil),
                    ("/v1/status", ["Cookie": "scrivener_0=\(secret)"], nil),
                    ("/v1/status", ["X-API-Key": secret], nil),
                    ("/v1/status?token=\(secret)", [:], nil),
                    ("/v1/sessions/\(secret)", [:], nil), ("/nowhere/\(secret)", [:], nil),
                    ("/login", json, #"{"token": "\#(secret)"}"#),
                    ("/login", form, "token=\(secret)"),
                    ("/login", json, #"{"token": {"x": "\#(secret)"}}"#),
                    (
                        "/v1/sessions", json.merging(["Authorization": "Bearer \(secret)"]) { $1 },
                        "{"
                    ),
                ]
                for attempt in attempts {
                    let answer = try await cluster.ask(
                        attempt.path, method: attempt.body == nil ? "GET" : "POST",
                        headers: attempt.headers, body: attempt.body)
                    said += answer.headers + answer.body
                }
            }
            var plan = ResearchPlan.of([.echo("a")])
            let hook = "hook-canary-3f9c2d"
            plan.callbacks = [
                PlanCallback(
                    url: try CallbackURL("http://127.0.0.1:9/hook?token=\(hook)"),
                    secret: try CallbackSecret(WebhookReceiver.secret))
            ]
            let posted = try await cluster.ask(
                "/v1/sessions", method: "POST",
                headers: bearer.merging(["Content-Type": "application/json"]) { $1 },
                body: try plan.json)
            #expect(posted.status == 201, "\(posted.body)")
            said += posted.headers + posted.body
            for path in ["/metrics", "/v1/status", "/v1/access", "/v1/sessions"] {
                said += try await cluster.ask(path, headers: bearer).body
            }

            // Sent gracefully away, so that all of it is on disk and has been said.
            for process in [worker, coordinator] {
                try await process.send(SIGTERM)
                _ = try await process.ending()
            }
            let kept = try cluster.folder.files().filter { !$0.key.hasSuffix(".token") }
            #expect(kept.keys.contains { $0.contains("coordinator/") })
            #expect(kept.keys.contains { $0.hasSuffix("keys/api-tokens") })
            for secret in [token, canary] {
                #expect(!said.contains(secret))
                #expect(!coordinator.log.contains(secret) && !worker.log.contains(secret))
                for (path, bytes) in kept {
                    #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(path)")
                }
            }
            // A callback's secret has to be kept, to sign with; it is shown to nobody.
            for secret in [WebhookReceiver.secret, hook] {
                #expect(!coordinator.log.contains(secret) && !said.contains(secret))
            }
        }
    }

    /// The API over TLS, with a certificate of an authority of one's own.
    @Test func `The command line speaks TLS with those whom it is told to trust`() async throws {
        try await Cluster.run { cluster in
            let certificates = URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "Certificates").path
            let key = cluster.folder.path + "/tls.key"
            try FileManager.default.copyItem(atPath: certificates + "/one.key", toPath: key)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
            try await cluster.startCoordinator([
                "--tls-certificate", certificates + "/one.pem", "--tls-key", key,
            ])
            let url = cluster.url.replacing("http://127.0.0.1", with: "https://localhost")
            let untrusted = try await cluster.scrivener("status", "--coordinator", url)
            #expect(untrusted.code == 1)
            #expect(untrusted.error.contains("--ca-certificate"), "\(untrusted.error)")
            let authority = certificates + "/authority.pem"
            let trusted = try await cluster.scrivener(
                "status", "--coordinator", url, "--ca-certificate", authority)
            #expect(trusted.code == 0, "\(trusted.error)")
            try await AgentOrchestrator.connect(to: url, caCertificate: authority).whileRunning {
                let status = try await $0.orchestratorStatus()
                #expect(status.activeSessions == 0)
            }
        }
    }
}

extension Cluster {
    /// Asks again until the outcome is as wanted: a file is looked at once a second.
    func wait(
        until isWanted: (CommandOutcome) -> Bool, _ ask: () async throws -> CommandOutcome
    ) async throws {
        for _ in 0..<120 {
            let outcome = try await ask()
            if isWanted(outcome) { return }
            try await Task.sleep(for: .milliseconds(250))
        }
        throw HarnessError("what was waited for did not come")
    }
}

extension TemporaryFolder {
    /// What all files in it hold, by their paths within it.
    func files() throws -> [String: Data] {
        var files: [String: Data] = [:]
        let all = FileManager.default.enumerator(atPath: path)
        while let name = all?.nextObject() as? String {
            files[name] = try? Data(contentsOf: URL(filePath: path + "/" + name))
        }
        return files
    }
}
