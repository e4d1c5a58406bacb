// What the machine itself can do, measured beside each benchmark by `scrivener-limit`: a few hundred
// lines of C without anything of ours; and our own wire by itself, by `scrivener-load`.

import FoundationEssentials
import ScrivenerClient
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Runs `scrivener-limit` and `scrivener-load`.
struct MachineLimits: Sendable {
    /// Where they are.
    let limitProgram: String
    let loadProgram: String
    private let folder: String

    /// - Parameter folder: on the disk that is measured.
    /// - Throws: `CommandFailure` where that folder or a program is missing.
    init(folder: String) throws {
        self.folder = folder
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory),
            isDirectory
        else {
            throw CommandFailure(
                "--folder \(folder): there is no such directory",
                hint: "It lies on the disk that is to be measured.")
        }
        limitProgram = try Self.path(of: "scrivener-limit")
        loadProgram = try Self.path(of: "scrivener-load")
    }

    private static func path(of program: String) throws -> String {
        let path = try BenchPrograms().directory + "/" + program
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw CommandFailure(
                "\(path) is missing",
                hint: "Benchmarks measure release builds: swift build -c release")
        }
        return path
    }

    /// What `scrivener-limit` prints.
    struct Reading: Decodable, Sendable {
        /// Messages, or records.
        var perSecond: Double?
        /// Seconds.
        var p50: Double?

        enum CodingKeys: String, CodingKey {
            case p50
            case perSecond = "per_second"
        }
    }

    /// Echoes a second: libzmq over TCP, one by one.
    func echo(workers: Int, messages: Int, bytes: Int, outstanding: Int) async throws -> Double {
        try await run("echo", "\(workers)", "\(messages)", "\(bytes)", "\(outstanding)")
            .perSecond ?? 0
    }

    /// A message to another process and back.
    func roundTrip(messages: Int, bytes: Int) async throws -> Reading {
        try await run("round-trip", "\(messages)", "\(bytes)")
    }

    /// Groups of records that are appended to a file and synced.
    func sync(records: Int, bytes: Int, group: Int) async throws -> Reading {
        try await run("sync", folder, "\(records)", "\(bytes)", "\(group)")
    }

    /// Rows of as many records that SQLite commits.
    func sqlite(
        records: Int, bytes: Int, group: Int, durability: String
    ) async throws -> Reading {
        try await run(
            "sqlite", folder, "\(records)", "\(bytes)", "\(group)",
            durability == "full" ? "full" : "normal")
    }

    /// What `scrivener-load wire` prints.
    struct WireReading: Decodable, Sendable {
        var tasksPerSecond: Double
        var dispatchBytes: Int
        var resultBytes: Int
        /// Processor time and most memory of the router, and of its peers: time of all of them, memory of
        /// the largest.
        var routerSeconds: Double
        var peerSeconds: Double
        var routerPeakBytes: Int
        var peerPeakBytes: Int

        enum CodingKeys: String, CodingKey {
            case tasksPerSecond = "per_second"
            case dispatchBytes = "dispatch_bytes"
            case resultBytes = "result_bytes"
            case routerSeconds = "router_seconds"
            case peerSeconds = "peer_seconds"
            case routerPeakBytes = "router_peak_bytes"
            case peerPeakBytes = "peer_peak_bytes"
        }
    }

    /// Dispatches and results over our own ZeroMQ layer and codec.
    func wire(
        workers: Int, tasks: Int, bytes: Int, outstanding: Int, group: Int
    ) async throws -> WireReading {
        try await read(
            loadProgram,
            ["wire"] + [workers, tasks, bytes, outstanding, group].map(String.init))
    }

    private func run(_ arguments: String...) async throws -> Reading {
        try await read(limitProgram, arguments)
    }

    private func read<Value: Decodable>(_ program: String, _ arguments: [String]) async throws
        -> Value
    {
        let result = try await Subprocess.run(
            .path(FilePath(program)), arguments: Arguments(arguments),
            output: .string(limit: 4_096), error: .string(limit: 4_096))
        guard case .exited(0) = result.terminationStatus else {
            throw CommandFailure(
                "\(program) \(arguments.joined(separator: " ")) failed: "
                    + result.standardError)
        }
        return try APIAnswer.decode(
            Value.self, from: Array(result.standardOutput.utf8),
            of: "\(program) \(arguments[0])")
    }
}
