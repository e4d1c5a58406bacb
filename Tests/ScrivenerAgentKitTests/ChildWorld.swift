// What tests of child processes share: a context whose log can be waited for, since what a child says
// on standard error goes there, and whether a process still does anything.

import Foundation
import Logging
import Synchronization

@testable import ScrivenerAgentKit

/// The surroundings of a test's children.
final class ChildWorld: Sendable {
    let context: AgentContext
    let children: ChildGuard
    private let lines: AsyncStream<String>
    let emitted = Emitted()

    init(usesControlGroups: Bool = true) {
        let (lines, source) = AsyncStream.makeStream(of: String.self)
        var logger = Logger(label: "test") { _ in LineLog(source: source) }
        logger.logLevel = .debug
        self.lines = lines
        children = ChildGuard(logger: logger, usesControlGroups: usesControlGroups)
        context = AgentContext(
            attempt: 1, idempotencyKey: "test", deadline: nil, logger: logger, children: children,
            emit: { [emitted] text in emitted.append(text) }
        ) { _ in }
    }

    /// Runs a shell script as a child.
    func run(
        _ script: String, input: String = "", maximumOutputBytes: Int = 1 << 20,
        grace: Duration = .seconds(60)
    ) async throws -> ChildOutcome {
        try await context.run(
            ChildCommand(
                ["/bin/sh", "-c", script], input: Array(input.utf8),
                maximumOutputBytes: maximumOutputBytes, terminationGrace: grace))
    }

    /// Waits for a line that begins so, and returns the numbers that follow.
    func numbers(after beginning: String) async throws -> [pid_t] {
        for await line in lines where line.hasPrefix(beginning) {
            return line.dropFirst(beginning.count).split(separator: " ").compactMap { pid_t($0) }
        }
        throw CancellationError()
    }
}

/// What was emitted.
final class Emitted: Sendable {
    private let state = Mutex("")

    var text: String { state.withLock { $0 } }

    func append(_ text: String) { state.withLock { $0 += text } }
}

/// Hands what is logged to a stream.
private struct LineLog: LogHandler {
    let source: AsyncStream<String>.Continuation
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { source.yield("\(event.message)") }
}

/// Whether a process still does anything. One that has ended and that its parent has not waited for
/// does not.
func isAlive(_ process: pid_t) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
        let end = text.lastIndex(of: ")")
    else { return false }
    return !text[end...].hasPrefix(") Z")
}

extension ChildOutcome {
    var text: String { String(decoding: output, as: UTF8.self) }
}
