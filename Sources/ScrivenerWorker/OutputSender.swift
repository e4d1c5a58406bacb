// When what agents say goes to the coordinator: some time after the first word, so that many words make
// one message, and before the result of whoever said it. Results and heartbeats take the same way, so it is
// kept short for them: of output, no more is on it than a window holds (as in RFC 9293, section 3.8). What was
// sent before a heartbeat has arrived when that is acknowledged. Without room, or without a coordinator, output
// stays where it is, which holds no more than before; where the coordinator takes none it is thrown away.

import ScrivenerModel

/// Hands the loop what it is to send. Confined to the loop's thread.
struct OutputSender {
    /// The time from one message to the next.
    static let interval = TimeSpan.milliseconds(100)
    /// When so much is on its way nothing more is sent.
    static let window = 1 << 20
    /// What a message, and a row of it, count for beside its text: many small ones are a burden as well.
    static let messageBytes = 256
    static let rowBytes = 32

    /// Whether there is something to send. Each state leads to each.
    private enum State {
        case silent
        case due(Instant)
        /// For a coordinator, or for room.
        case waiting
    }

    private let buffer: OutputBuffer
    private var state = State.silent
    private var sentAt = Instant.zero
    private var isTaken = false
    /// The one whose acknowledgement is waited for.
    private var heartbeat: Int64?
    /// What may not have arrived yet, and how much of it went after that heartbeat.
    private var underWay = 0
    private var afterHeartbeat = 0

    init(_ buffer: OutputBuffer) { self.buffer = buffer }

    /// When to send what there is; absent where there is nothing, or nobody to send it to.
    var due: Instant? {
        guard case .due(let instant) = state else { return nil }
        return instant
    }

    /// An agent has said something.
    mutating func noteOutput(at now: Instant) {
        guard case .silent = state else { return }
        state = .due(max(now, sentAt.advanced(by: Self.interval)))
    }

    /// An attempt has ended: what it said goes before its result.
    mutating func noteEnd(of attempt: AttemptReference, at now: Instant) {
        guard case .due = state, buffer.holds(attempt) else { return }
        state = .due(now)
    }

    /// A coordinator takes the worker on, and what was on its way to one has arrived or is lost: what was said
    /// meanwhile goes before the results that wait as well.
    mutating func welcomed(_ welcome: Welcome, at now: Instant) {
        isTaken = welcome.takesOutput
        (heartbeat, underWay, afterHeartbeat) = (nil, 0, 0)
        if case .silent = state { return }
        state = .due(now)
    }

    /// A heartbeat was sent. On a long way several are at once: the next one is waited for when this has arrived.
    mutating func sent(heartbeat sequence: Int64) {
        guard heartbeat == nil else { return }
        heartbeat = sequence
        afterHeartbeat = 0
    }

    /// A heartbeat has arrived, and what went before it.
    mutating func acknowledged(heartbeat sequence: Int64, at now: Instant) {
        guard let heartbeat, heartbeat <= sequence else { return }
        self.heartbeat = nil
        underWay = afterHeartbeat
        guard case .waiting = state else { return }
        state = .due(max(now, sentAt.advanced(by: Self.interval)))
    }

    /// What is to be sent now.
    ///
    /// - Parameter epoch: absent while no coordinator has the worker.
    mutating func message(epoch: Int64?, at now: Instant) -> WorkerMessage? {
        guard let due, due <= now else { return nil }
        guard let epoch, underWay < Self.window else {
            state = .waiting
            return nil
        }
        state = .silent
        sentAt = now
        let said = buffer.take()
        guard isTaken else { return nil }
        let byteCount = said.reduce(Self.messageBytes) {
            $0 + Self.rowBytes + $1.text.utf8.count
        }
        underWay += byteCount
        afterHeartbeat += byteCount
        return .output(epoch: epoch, said)
    }
}
