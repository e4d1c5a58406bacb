// What people ask a pool who operate it: lists in parts, what is wrong, what it does just now.

import Foundation
import FoundationNetworking
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct Operating {}
}

extension ClusterTests.Operating {
    private struct Page: Decodable {
        var sessions: [ResearchSession]
        var next: String?
    }

    /// More sessions are open than a page has room for: none of them is left out, and none shown twice.
    @Test func `A list of sessions goes on where a page ended`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            var open: [String] = []
            for number in 1...5 {
                open.append(try await cluster.submit(.of([.echo("a")], sessionID: "open\(number)")))
            }
            for number in 1...3 {
                let id = try await cluster.submit(.of([.echo("a")], sessionID: "ended\(number)"))
                _ = try await cluster.scrivener("session", "cancel", id, "--wait")
            }

            var found: [String] = []
            var sizes: [Int] = []
            var cursor = ""
            repeat {
                let page = try await Self.page("?limit=2" + cursor, of: cluster)
                found += page.sessions.map(\.sessionID)
                sizes.append(page.sessions.count)
                cursor = page.next.map { "&after=\($0)" } ?? ""
            } while !cursor.isEmpty

            #expect(found == open.reversed() + ["ended3", "ended2", "ended1"])
            #expect(sizes == [2, 2, 2, 2])
            let cancelled = try await cluster.scrivener(
                "session", "list", "--status", "cancelled", "--since", "1h", "--output", "json")
            #expect(
                try cancelled.decoded([ResearchSession].self).map(\.sessionID)
                    == ["ended3", "ended2", "ended1"])
            let later = try await cluster.scrivener(
                "session", "list", "--since", "2100-01-01T00:00:00Z", "--output", "json")
            #expect(try later.decoded([ResearchSession].self) == [])
        }
    }

    /// Of a large session those tasks are looked at that matter.
    @Test func `A session's tasks are listed in parts`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")
            let session = try await cluster.submitAndWait(
                .of([
                    .echo("a"), .echo("b", failing: "permanent"), .echo("c"),
                    .echo("d", after: ["b"]),
                    .echo("e"),
                ])
            ).1.sessionID

            func tasks(_ options: String...) async throws -> [String] {
                try await CommandOutcome.run(
                    try Program.scrivener.path,
                    ["session", "tasks", session, "--output", "json"] + options,
                    environment: cluster.environment
                ).decoded([TaskRecord].self).map(\.taskID)
            }
            #expect(try await tasks() == ["a", "b", "c", "d", "e"])
            #expect(try await tasks("--limit", "2") == ["a", "b"])
            #expect(try await tasks("--status", "completed") == ["a", "c", "e"])
            #expect(try await tasks("--status", "completed", "--limit", "2") == ["a", "c"])
            #expect(try await tasks("--agent", "echo") == ["a", "b", "c", "e"])
            #expect(try await tasks("--agent", "nobody") == [])
            let page = try await Self.get(
                "/v1/sessions/\(session)/tasks?limit=2&after=2", of: cluster)
            #expect(page.body.contains(#""task_id":"d""#) && page.body.contains(#""task_id":"e""#))
            #expect(!page.body.contains(#""next""#))
        }
    }

    /// A cursor that somebody made up is a mistake of theirs, and not an empty page.
    @Test(arguments: [
        "/v1/sessions?after=0", "/v1/sessions?after=o", "/v1/sessions?after=o-1",
        "/v1/sessions?after=99999999999999999999", "/v1/sessions?after=1%00",
        "/v1/sessions/s/tasks?after=-1", "/v1/sessions/s/tasks?after=x",
    ])
    func `A cursor that was made up is refused`(path: String) async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            _ = try await cluster.submit(.of([.echo("a")], sessionID: "s"))
            let answer = try await Self.get(path, of: cluster)
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""pointer":"?after""#))
        }
    }

    /// Who is called at night sees at once why work waits and who does it.
    @Test func `The pool at a glance`() async throws {
        struct Glance: Decodable {
            struct Waiting: Decodable { var reason: String }
            struct Workers: Decodable { var workers: [WorkerRecord] }
            var waiting: [Waiting]
            var workers: Workers
        }
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1", slots: 1)
            let session = try await cluster.submit(
                .of([.echo("first", sleeping: 600), .echo("second", sleeping: 600)]))
            try await cluster.wait(for: session) { $0.tasksByStatus["running"] == 1 }

            let outcome = try await cluster.scrivener("top", "--output", "json")
            let glance = try outcome.decoded(Glance.self)
            #expect(glance.workers.workers.map(\.workerID) == ["w1"])
            #expect(glance.waiting.map(\.reason) == ["waits_for_slot"])
            let text = try await cluster.scrivener("top", "--once").output
            #expect(text.contains("1 running, 1 waiting"))
            #expect(text.contains("waits_for_slot"))
            #expect(text.contains("0 of 1 free"))
            #expect(!text.contains("\u{1B}"))
        }
    }

    /// On a terminal it draws until q is typed, and gives the terminal back as it was.
    @Test func `The view on a terminal`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")
            // `script` gives it a terminal of its own.
            let outcome = try await CommandOutcome.run(
                "/usr/bin/script",
                ["-qec", "'\(try Program.scrivener.path)' top --interval 0.2", "/dev/null"],
                input: "q", environment: cluster.environment.merging(["TERM": "xterm"]) { $1 })
            #expect(outcome.code == 0, "\(outcome)")
            #expect(outcome.output.contains("\u{1B}[?1049h"))
            #expect(outcome.output.contains("w1"))
            #expect(outcome.output.contains("\u{1B}[?25h\u{1B}[?1049l"))
        }
    }

    /// A pool that is in order is said to be, and what is not is named, with an exit code for scripts.
    @Test func `The doctor`() async throws {
        struct Report: Decodable {
            struct Check: Decodable { var name, verdict, found: String }
            var checks: [Check]
        }
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")
            let data = cluster.folder.path + "/coordinator"
            let well = try await cluster.scrivener("doctor", "--data", data, "--output", "json")
            #expect(well.code == 0, "\(well)")
            let checks = try well.decoded(Report.self).checks
            #expect(
                checks.map(\.name) == [
                    "coordinator", "clock", "version", "workers", "port_7411", "port_7412",
                    "open_files", "disk_space", "fsync", "libzmq",
                ])
            for name in ["coordinator", "clock", "version", "workers", "libzmq"] {
                #expect(checks.first { $0.name == name }?.verdict == "ok", "\(name): \(well)")
            }
            let ill = try await cluster.scrivener(
                "doctor", "--data", "/proc/1/nowhere", "--coordinator", "http://127.0.0.1:1",
                "--output", "json")
            #expect(ill.code == 1, "\(ill)")
            let failed = try ill.decoded(Report.self).checks.filter { $0.verdict == "fail" }
            #expect(failed.map(\.name).contains("coordinator"))
            #expect(failed.map(\.name).contains("fsync"))
        }
    }

    /// A mistake of a plan is found before a coordinator is there, at its place.
    @Test func `A plan is checked without a coordinator`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("query: q\ntasks:\n  - {task_id: a, task_typ: t}\n", to: "bad.yaml")
        try folder.write(
            #"{"query": "q", "tasks": [{"task_id": "a", "task_type": "t"}]}"#, to: "a.json")
        let program = try Program.scrivener.path
        let bad = try await CommandOutcome.run(
            program, ["plan", "validate", folder.path + "/a.json", folder.path + "/bad.yaml"])
        #expect(bad.code == 1)
        #expect(bad.output.contains("a.json: 1 task, no mistake\n"))
        #expect(bad.output.contains("/tasks/0/task_typ: no such field; did you mean task_type?"))
        #expect(bad.output.contains("/tasks/0/task_type: the field is missing"))
        let good = try await CommandOutcome.run(
            program, ["plan", "validate", folder.path + "/a.json"])
        #expect(good.code == 0)
    }

    /// Whoever wonders where a value comes from is told, and what the program would refuse as well.
    @Test func `The configuration and its origins`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("lease_seconds: 2\nhttp_port: 1\n", to: "options.yaml")
        func show(_ arguments: String...) async throws -> CommandOutcome {
            try await CommandOutcome.run(
                try Program.scrivener.path,
                ["config", "show", "coordinator", "--origins", "--"] + arguments,
                environment: [
                    "SCRIVENER_COORDINATOR_CONFIG": folder.path + "/options.yaml",
                    "SCRIVENER_COORDINATOR_HTTP_PORT": "7500",
                ])
        }
        let good = try await show("--data", "/data")
        #expect(good.code == 0, "\(good)")
        let lines = good.output.split(separator: "\n").map {
            $0.split(separator: " ").joined(separator: " ")
        }
        #expect(lines.contains("--data /data flag"))
        #expect(lines.contains("--http-port 7500 environment SCRIVENER_COORDINATOR_HTTP_PORT"))
        #expect(lines.contains("--lease-seconds 2 file \(folder.path)/options.yaml"))
        #expect(lines.contains("--placement performance_aware default"))
        let bad = try await show("--data", "/data", "--max-inbox", "0")
        #expect(bad.code == 78, "\(bad)")
        #expect(bad.error.contains("--max-inbox must be 1…1000000"))
    }

    /// A shell offers the ids that there are; without a coordinator it offers none, and says nothing.
    @Test func `Shells complete ids`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")
            _ = try await cluster.submit(.of([.echo("a")], sessionID: "mine"))
            for (kind, ids) in [("sessions", "mine\n"), ("workers", "w1\n"), ("agents", "echo\n")] {
                #expect(try await cluster.scrivener("complete-values", kind).output == ids)
            }
            let nobody = try await cluster.scrivener(
                "complete-values", "sessions", "--coordinator", "http://127.0.0.1:1")
            #expect(nobody.code == 0 && nobody.output == "" && nobody.error == "")
            for shell in ["bash", "zsh", "fish"] {
                let script = try await cluster.scrivener("--generate-completion-script", shell)
                #expect(script.output.contains("scrivener complete-values sessions"), "\(shell)")
            }
        }
    }

    private static func page(_ query: String, of cluster: Cluster) async throws -> Page {
        let answer = try await get("/v1/sessions" + query, of: cluster)
        return try JSONDecoder().decode(Page.self, from: Data(answer.body.utf8))
    }

    private static func get(
        _ path: String, of cluster: Cluster
    ) async throws -> (status: Int, body: String) {
        let base = try #require(cluster.environment["SCRIVENER_COORDINATOR"])
        let (data, response) = try await URLSession.shared.data(
            from: try #require(URL(string: base + path)))
        return (
            try #require(response as? HTTPURLResponse).statusCode,
            String(decoding: data, as: UTF8.self)
        )
    }
}
