// Running a program to its end and taking what it says.

import Foundation
import ScrivenerModel
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// What a program came to.
struct CommandOutcome: Sendable {
    /// The exit code; 128 and the signal's number when a signal ended it.
    var code: Int32
    var output: String
    /// What it said on stderr.
    var error: String

    /// Runs a program, and kills it when the task is cancelled.
    static func run(
        _ program: String, _ arguments: [String], input: String = "",
        environment: [String: String] = [:]
    ) async throws -> CommandOutcome {
        let updates = environment.map { (Environment.Key(stringLiteral: $0), Optional($1)) }
        let result = try await Subprocess.run(
            .path(FilePath(program)), arguments: Arguments(arguments),
            environment: .inherit.updating(Dictionary(updates) { first, _ in first }),
            input: .string(input), output: .string(limit: 16 << 20),
            error: .string(limit: 1 << 20))
        let code: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): 128 + signal
            }
        return CommandOutcome(
            code: code, output: result.standardOutput, error: result.standardError)
    }

    /// The document on stdout.
    ///
    /// - Throws: `HarnessError` when there is none, with what was said instead.
    func decoded<Document: Decodable>(_ type: Document.Type) throws -> Document {
        do {
            return try JSONDecoder().decode(type, from: Data(output.utf8))
        } catch {
            throw HarnessError("exit code \(code), no \(type) [\(error)]: \(output)\(self.error)")
        }
    }
}
