// A child that is spoken with while it runs, line by line: one that serves many requests. Such a child belongs to
// no attempt, so it is run by the guard of its owner.

package import Logging
import Subprocess

/// What is said to a child, and who hears it.
package struct ChildConversation: Sendable {
    /// What it reads on its standard input, which ends with the stream.
    package var input: AsyncStream<[UInt8]>
    /// How long a line of its standard output may be. With more it is stopped.
    package var maximumLineBytes: Int
    /// Gets each line of its standard output without its end, in order, one at a time.
    package var hear: @Sendable ([UInt8]) -> Void

    package init(
        input: AsyncStream<[UInt8]>, maximumLineBytes: Int,
        hear: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.input = input
        self.maximumLineBytes = maximumLineBytes
        self.hear = hear
    }
}

extension ChildGuard {
    /// Runs a child that is spoken with, to its end. As `AgentContext.run(_:hearing:)`, but the command's input and its
    /// limit of output do not count.
    ///
    /// - Throws: as that; `child_output_too_large` for a line.
    package func run(
        _ command: ChildCommand, _ conversation: ChildConversation, logger: Logger
    ) async throws -> ChildOutcome {
        try await ChildRun(
            command: command, children: self, logger: logger, errors: ChildErrorListener(),
            conversation: conversation
        ).outcome()
    }
}

/// A child's standard output as lines. What stands after the last line break is none: the child may have been
/// killed at it.
struct ChildLines: Sendable {
    private var line: [UInt8] = []
    /// What is left of its output when a line was too long.
    private(set) var excess: ChildOutput?
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Reads to the end.
    ///
    /// - Parameter onExcess: called once, when a line is too long. The rest is read and thrown away.
    mutating func read(
        _ stream: SubprocessOutputSequence, hear: ([UInt8]) -> Void, onExcess: () -> Void
    ) async {
        await stream.forEachChunk { append($0, hear: hear, onExcess: onExcess) }
    }

    mutating func append(_ bytes: [UInt8], hear: ([UInt8]) -> Void, onExcess: () -> Void) {
        guard excess == nil else { return }
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            line.append(contentsOf: rest[..<end])
            rest = rest[(end + 1)...]
            guard isShortEnough(onExcess) else { return }
            if line.last == 0x0D { line.removeLast() }
            if !line.isEmpty { hear(line) }
            line.removeAll(keepingCapacity: true)
        }
        line.append(contentsOf: rest)
        _ = isShortEnough(onExcess)
    }

    private mutating func isShortEnough(_ onExcess: () -> Void) -> Bool {
        guard line.count > limit else { return true }
        excess = ChildOutput(count: line.count, limit: limit)
        line = []
        onExcess()
        return false
    }
}
