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
    /// Whoever wants to know whether an upgrade made the pool slower compares these.
    @Test func `A benchmark of a pool has figures beside the machine's own`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }

        let outcome = try await CommandOutcome.run(
            try Program.scrivener.path,
            [
                "bench", "noop", "--tasks", "300", "--plan", "100", "--runs", "2", "--slots", "8",
                "--folder", folder.path, "--output", "json",
            ])

        #expect(outcome.code == 0, "\(outcome)")
        let document = try outcome.decoded(BenchDocument.self)
        let rate = try #require(document.median("noop"))
        let echo = try #require(document.median("echo through bare libzmq"))
        #expect(rate > 0 && echo > rate, "\(document)")
        #expect(document.figures.allSatisfy { $0.values.count == 2 }, "\(document)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        #expect(try await folder.processes == [])
    }

    /// A coordinator that was killed serves again, with all that was open.
    @Test func `The benchmark of a restart survives it`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }

        let outcome = try await CommandOutcome.run(
            try Program.scrivener.path,
            [
                "bench", "recover", "--tasks", "500", "--runs", "1", "--folder", folder.path,
                "--output", "json",
            ])

        #expect(outcome.code == 0, "\(outcome)")
        let document = try outcome.decoded(BenchDocument.self)
        #expect(try #require(document.figures.first).median > 0, "\(document)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }
}
