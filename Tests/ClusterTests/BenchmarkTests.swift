// `scrivener bench` on small numbers: whether it measures at all, and leaves nothing behind.

import Foundation
import Testing

extension ClusterTests {
    @Suite struct Benchmarks {}
}

/// What `--output json` says.
private struct BenchDocument: Decodable {
    struct Figure: Decodable {
        var name: String
        var values: [Double]
        var median: Double
    }

    var figures: [Figure]

    func median(_ name: String) -> Double? { figures.first { $0.name == name }?.median }
}

extension ClusterTests.Benchmarks {
    /// Runs `scrivener bench` to its end. It leaves neither files nor processes behind.
    private static func document(of arguments: [String]) async throws -> BenchDocument {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let outcome = try await CommandOutcome.run(
            try Program.scrivener.path,
            ["bench"] + arguments + ["--folder", folder.path, "--output", "json"])
        #expect(outcome.code == 0, "\(outcome)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        #expect(try await folder.processes == [])
        return try outcome.decoded(BenchDocument.self)
    }

    /// Whoever wants to know whether an upgrade made the pool slower compares these.
    @Test func `A benchmark of a pool has figures beside the machine's own`() async throws {
        let document = try await Self.document(of: [
            "noop", "--tasks", "300", "--plan", "100", "--runs", "2", "--slots", "8",
        ])
        let rate = try #require(document.median("noop"))
        let echo = try #require(document.median("echo through bare libzmq"))
        #expect(rate > 0 && echo > rate, "\(document)")
        #expect(document.figures.allSatisfy { $0.values.count == 2 }, "\(document)")
    }

    /// A coordinator that was killed serves again, with all that was open.
    @Test func `The benchmark of a restart survives it`() async throws {
        let document = try await Self.document(of: ["recover", "--tasks", "500", "--runs", "1"])
        #expect(try #require(document.figures.first).median > 0, "\(document)")
    }

    /// Whoever runs thousands of workers wants to know what those cost that do nothing.
    @Test func `Workers that only heartbeat are measured beside bare libzmq`() async throws {
        let document = try await Self.document(of: [
            "idle", "--connections", "20", "--loads", "2", "--seconds", "2", "--runs", "1",
        ])
        let answered = try #require(document.median("heartbeats answered"))
        // One a second of each; the load says once a second how many there were.
        #expect((10...40).contains(answered), "\(document)")
        #expect(document.median("bare libzmq: memory a worker") != nil, "\(document)")
    }

    /// Sessions that wait for a pool to scale up take memory meanwhile, and give it back.
    @Test func `Open tasks are measured, with a restart and to their end`() async throws {
        let document = try await Self.document(of: [
            "open", "--tasks", "500", "--plan", "200", "--runs", "1", "--durability", "normal",
        ])
        for name in ["open: memory", "open, after a restart: memory", "all ended: memory"] {
            #expect(document.median(name) != nil, "\(name): \(document)")
        }
    }

    /// What a task costs is held against what it costs where few are open.
    @Test func `A backlog is measured beside a small one`() async throws {
        let document = try await Self.document(of: [
            "backlog", "--tasks", "500", "--plan", "200", "--runs", "1", "--slots", "8",
        ])
        #expect(try #require(document.median("many open")) > 0, "\(document)")
        #expect(document.median("many open ÷ few open") != nil, "\(document)")
    }

    /// Our own layer over ZeroMQ, with nothing behind it.
    @Test func `The wire is measured in messages of one task and of many`() async throws {
        let document = try await Self.document(of: [
            "wire", "--tasks", "2000", "--group", "1", "--group", "64", "--runs", "1",
        ])
        for group in [1, 64] {
            let ratio = try #require(document.median("\(group), wire ÷ bare libzmq"))
            #expect(ratio > 0, "\(document)")
        }
    }

    /// What makes no sense is refused before anything is started.
    @Test(arguments: [
        ["idle", "--connections", "0"], ["idle", "--connections", "2", "--loads", "3"],
        ["idle", "--seconds", "0"], ["open", "--tasks", "0"], ["open", "--plan", "100001"],
        ["backlog", "--tasks", "99"], ["wire", "--group", "0"], ["wire", "--group", "1025"],
        ["wire", "--group", "1024", "--bytes", "10000"],
        ["wire", "--tasks", "10", "--group", "11"],
    ])
    func `A benchmark of nonsense is refused`(arguments: [String]) async throws {
        let outcome = try await CommandOutcome.run(
            try Program.scrivener.path, ["bench"] + arguments)

        #expect(outcome.code == 64, "\(outcome)")
        #expect(outcome.error.contains("--"), "\(outcome)")
        #expect(outcome.output.isEmpty, "\(outcome)")
    }
}
