// What the machine itself can do, measured beside each benchmark by `scrivener-limit`: a few hundred
// lines of C without anything of ours.

import FoundationEssentials
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Runs `scrivener-limit`.
struct MachineLimits: Sendable {
    static let program = "scrivener-limit"

    private let path: String
    private let folder: String

    /// - Parameter folder: on the disk that is measured.
    /// - Throws: `CommandFailure` where that folder or the program is missing.
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
        path = try BenchPrograms().directory + "/" + Self.program
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw CommandFailure(
                "\(path) is missing",
                hint: "Benchmarks measure release builds: swift build -c release")
        }
    }

    /// What the program prints.
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

    private func run(_ arguments: String...) async throws -> Reading {
        let result = try await Subprocess.run(
            .path(FilePath(path)), arguments: Arguments(arguments),
            output: .string(limit: 4_096), error: .string(limit: 4_096))
        guard case .exited(0) = result.terminationStatus else {
            throw CommandFailure(
                "\(Self.program) \(arguments.joined(separator: " ")) failed: "
                    + result.standardError)
        }
        return try APIAnswer.decode(
            Reading.self, from: Array(result.standardOutput.utf8),
            of: "\(Self.program) \(arguments[0])")
    }
}
