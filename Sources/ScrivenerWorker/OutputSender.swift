// When what agents say goes to the coordinator: some time after the first word, so that many words make
// one message, and before the result of whoever said it. Where the coordinator does not take it, or has no
// room for it, it is thrown away or waits; results and heartbeats never do for it.

import ScrivenerModel

/// Hands the loop what it is to send. Confined to the loop's thread.
struct OutputSender {
    /// The time from one message to the next.
    static let interval = TimeSpan.milliseconds(100)
    /// Rows of one message.
    private static let maximumRows = 4_096

    private let buffer: OutputBuffer
    /// When to send what there is; absent where there is nothing, or nobody to send it to.
    private(set) var due: Instant?
    private var sentAt = Instant.zero
    private var isTaken = false

    init(_ buffer: OutputBuffer) { self.buffer = buffer }

    /// An agent has said something.
    mutating func noteOutput(at now: Instant) {
        guard due == nil else { return }
        due = max(now, sentAt.advanced(by: Self.interval))
    }

    /// An attempt has ended: what it said goes before its result.
    mutating func noteEnd(of attempt: AttemptReference, at now: Instant) {
        guard due != nil, buffer.holds(attempt) else { return }
        due = now
    }

    /// A coordinator takes the worker on: what was said meanwhile goes before the results that wait as well.
    mutating func welcomed(_ welcome: Welcome, at now: Instant) {
        isTaken = welcome.takesOutput
        if due != nil { due = now }
    }

    /// What is to be sent now.
    ///
    /// - Parameters:
    ///   - epoch: absent while no coordinator has the worker.
    ///   - hasRoom: whether all that was sent before is on its way.
    mutating func messages(
        epoch: Int64?, hasRoom: Bool, at now: Instant
    ) -> [WorkerMessage] {
        guard let due, due <= now else { return [] }
        guard let epoch, hasRoom else {
            // It stays where it is, which holds no more than before.
            self.due = now.advanced(by: Self.interval)
            return []
        }
        self.due = nil
        sentAt = now
        let said = buffer.take()
        guard isTaken else { return [] }
        return stride(from: 0, to: said.count, by: Self.maximumRows).map { start in
            .output(
                epoch: epoch,
                Array(said[start..<min(said.count, start + Self.maximumRows)]))
        }
    }
}
