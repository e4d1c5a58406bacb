// The programs under test, and where they are.

import Foundation

/// A program of the project.
enum Program: String, Sendable {
    case coordinator = "scrivener-coordinator"
    case worker = "scrivener-worker"
    case scrivener = "scrivener"

    /// - Throws: `HarnessError` when it is not there.
    var path: String {
        get throws {
            let path = try Self.directory + "/" + rawValue
            guard access(path, X_OK) == 0 else {
                throw HarnessError(
                    "there is no \(path): build all programs (swift build), "
                        + "or set SCRIVENER_BIN_DIR")
            }
            return path
        }
    }

    static var directory: String {
        get throws {
            if let path = ProcessInfo.processInfo.environment["SCRIVENER_BIN_DIR"] { return path }
            // On Linux the bundle is the program that runs; on macOS it is an argument of one.
            for argument in CommandLine.arguments {
                let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
                guard let bundle = parts.firstIndex(where: { $0.hasSuffix(".xctest") }) else {
                    continue
                }
                return bundle == 0 ? "." : parts[..<bundle].joined(separator: "/")
            }
            throw HarnessError(
                "no test bundle among the arguments \(CommandLine.arguments); "
                    + "set SCRIVENER_BIN_DIR")
        }
    }
}

/// What went wrong with a test's processes, rather than with an expectation.
struct HarnessError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
