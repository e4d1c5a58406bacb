// What agents say while they run, as far as it is held: the coordinator's loop puts it here, readers take it
// from here, and neither waits for the other. It is in memory alone and bounded; a coordinator that starts
// again knows none of it.
//
// The attempt that has been silent for longest is let go first. It is found as by a clock hand (Corbató's
// CLOCK): whoever has spoken since the hand passed is passed over once more.

import DequeModule
import Synchronization

/// Which attempt says something.
package struct OutputOrigin: Sendable, Hashable {
    package var sessionID: String
    package var taskID: String
    package var attempt: Int

    package init(sessionID: String, taskID: String, attempt: Int) {
        self.sessionID = sessionID
        self.taskID = taskID
        self.attempt = attempt
    }
}

/// Where somebody is who reads what is said in a session.
package struct OutputPlace: Sendable {
    /// How much is written at once.
    static let maximumBytes = 64 << 10

    /// When what was read last had grown.
    fileprivate var stamp: Int64
    /// How far each attempt was read, and in which series.
    fileprivate var offsets: [OutputOrigin: (series: String, offset: Int)]
}

/// The tails of all attempts. From any thread.
package final class OutputTails: Sendable {
    /// Of all attempts together: what their tails take of memory.
    package static let maximumBytes = 64 << 20
    /// How many attempts are held.
    package static let maximumAttempts = 4_096

    private struct Held {
        let session: Int64
        var tail: OutputTail
        /// When it last grew.
        var stamp: Int64
        /// What that was when the hand last passed, or when it began.
        var passed: Int64
    }

    private struct State {
        var sessions: [String: [OutputOrigin: Held]] = [:]
        /// The next that the hand comes to is the first.
        var hand: Deque<OutputOrigin> = []
        var byteCount = 0
        var lastStamp: Int64 = 0
        var lastReader: UInt64 = 0
        var readers: [String: [UInt64: Reader]] = [:]
    }

    /// Somebody who is woken.
    private struct Reader {
        /// The only task that matters; any of the session when absent.
        var taskID: String?
        var waker: AsyncStream<FeedWake>.Continuation
    }

    private let state = Mutex(State())
    private let maximumBytes: Int
    private let maximumAttempts: Int
    /// What tells this process's tails from another's.
    private let name = String(UInt64.random(in: .min ... .max), radix: 36)

    package init(
        maximumBytes: Int = OutputTails.maximumBytes,
        maximumAttempts: Int = OutputTails.maximumAttempts
    ) {
        self.maximumBytes = maximumBytes
        self.maximumAttempts = maximumAttempts
    }

    // MARK: Writing

    /// Takes in what a worker has sent at once. Whoever reads some of it is woken once.
    package func append(_ pieces: [OutputPiece]) {
        let readers = state.withLock { state in
            var speakers: [String: Set<String>] = [:]
            for piece in pieces where !piece.text.isEmpty || piece.droppedBytes > 0 {
                append(piece, &state)
                guard state.readers[piece.origin.sessionID] != nil else { continue }
                speakers[piece.origin.sessionID, default: []].insert(piece.origin.taskID)
            }
            letGo(&state)
            return speakers.flatMap { session, tasks in
                (state.readers[session] ?? [:]).values
                    .filter { $0.taskID.map(tasks.contains) ?? true }
            }
        }
        for reader in readers { reader.waker.yield(.news) }
    }

    private func append(_ piece: OutputPiece, _ state: inout State) {
        let origin = piece.origin
        state.lastStamp += 1
        let stamp = state.lastStamp
        // It is taken out, so that its bytes are not copied.
        let known = state.sessions[origin.sessionID]?.removeValue(forKey: origin)
        if known == nil { state.hand.append(origin) }
        var held: Held
        if let known, known.session == piece.session {
            held = known
        } else {
            held = Held(
                session: piece.session,
                tail: OutputTail(series: name + "x" + String(stamp, radix: 36)), stamp: stamp,
                passed: stamp)
        }
        let before = known?.tail.reservedBytes ?? 0
        held.tail.append(piece.text, dropped: piece.droppedBytes)
        held.stamp = stamp
        state.byteCount += held.tail.reservedBytes - before
        state.sessions[origin.sessionID, default: [:]][origin] = held
    }

    private func letGo(_ state: inout State) {
        while state.hand.count > maximumAttempts || state.byteCount > maximumBytes,
            let origin = state.hand.popFirst()
        {
            guard var held = state.sessions[origin.sessionID]?[origin] else { continue }
            if held.stamp > held.passed {
                held.passed = held.stamp
                state.sessions[origin.sessionID]?[origin] = held
                state.hand.append(origin)
            } else {
                state.byteCount -= held.tail.reservedBytes
                state.sessions[origin.sessionID]?[origin] = nil
                if state.sessions[origin.sessionID]?.isEmpty == true {
                    state.sessions[origin.sessionID] = nil
                }
            }
        }
    }

    /// A session was opened: what is held of one that had its id, and is not kept any more, is not its own.
    package func begin(_ sessionID: String, number: Int64) {
        state.withLock { state in
            let others = (state.sessions[sessionID] ?? [:]).filter { $0.value.session != number }
            guard !others.isEmpty else { return }
            for (origin, held) in others {
                state.byteCount -= held.tail.reservedBytes
                state.sessions[sessionID]?[origin] = nil
            }
            if state.sessions[sessionID]?.isEmpty == true { state.sessions[sessionID] = nil }
            state.hand.removeAll { others[$0] != nil }
        }
    }

    // MARK: Reading

    /// Some of what an attempt's agent said; `nil` when nothing of it is held.
    package func part(of origin: OutputOrigin, from place: Int, limit: Int) -> OutputPart? {
        state.withLock {
            $0.sessions[origin.sessionID]?[origin]?.tail.part(from: place, limit: limit)
        }
    }

    /// Where somebody begins who wants what is said in a session from now on.
    func end(of session: String) -> OutputPlace {
        state.withLock { state in
            OutputPlace(
                stamp: state.lastStamp,
                offsets: state.sessions[session]?.mapValues { ($0.tail.series, $0.tail.end) } ?? [:]
            )
        }
    }

    /// What was said in a session after a place, which is moved behind it: no more than is written at once.
    func news(
        of session: String, after place: inout OutputPlace
    ) -> [(OutputOrigin, OutputPart)] {
        let (parts, next) = state.withLock { [place] state in
            Self.news(state.sessions[session] ?? [:], after: place)
        }
        place = next
        return parts
    }

    private static func news(
        _ all: [OutputOrigin: Held], after place: OutputPlace
    ) -> ([(OutputOrigin, OutputPart)], OutputPlace) {
        var next = place
        var parts: [(OutputOrigin, OutputPart)] = []
        var room = OutputPlace.maximumBytes
        let grown = all.lazy.filter { $0.value.stamp > place.stamp }
        for (origin, held) in grown.sorted(by: { $0.value.stamp < $1.value.stamp }) {
            // What was let go and has begun again counts from 0 again.
            let known = next.offsets[origin].flatMap { $0.series == held.tail.series ? $0 : nil }
            let part = held.tail.part(from: known?.offset ?? 0, limit: room)
            next.offsets[origin] = (part.series, part.next)
            if !part.text.isEmpty { parts.append((origin, part)) }
            room -= part.next - part.offset
            guard part.next == held.tail.end else { break }
            next.stamp = held.stamp
        }
        if next.offsets.count > all.count {
            next.offsets = next.offsets.filter { all[$0.key] != nil }
        }
        return (parts, next)
    }

    /// What counts in a series.
    func origin(ofSeries series: String, session: String) -> OutputOrigin? {
        state.withLock { state in
            state.sessions[session]?.first { $0.value.tail.series == series }?.key
        }
    }

    /// Somebody is woken whenever an agent says something in the session, or at a task of it.
    ///
    /// - Returns: what to name when it is gone.
    func add(
        _ waker: AsyncStream<FeedWake>.Continuation, session: String, task: String? = nil
    ) -> UInt64 {
        state.withLock { state in
            state.lastReader += 1
            state.readers[session, default: [:]][state.lastReader] = Reader(
                taskID: task, waker: waker)
            return state.lastReader
        }
    }

    func remove(_ reader: UInt64, session: String) {
        state.withLock { state in
            state.readers[session]?[reader] = nil
            if state.readers[session]?.isEmpty == true { state.readers[session] = nil }
        }
    }
}
