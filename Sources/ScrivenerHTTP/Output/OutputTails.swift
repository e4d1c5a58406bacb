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
    /// How far each attempt was read.
    fileprivate var offsets: [OutputOrigin: Int]
}

/// The tails of all attempts. From any thread.
package final class OutputTails: Sendable {
    /// Of all attempts together.
    package static let maximumBytes = 64 << 20
    /// How many attempts are held.
    package static let maximumAttempts = 4_096

    private struct Held {
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
        var readers: [String: [UInt64: AsyncStream<FeedWake>.Continuation]] = [:]
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

    /// - Parameter dropped: how many bytes after the text were left out on the way.
    package func append(_ text: String, dropped: Int64, of origin: OutputOrigin) {
        let readers = state.withLock { state in
            state.lastStamp += 1
            let stamp = state.lastStamp
            let known = state.sessions[origin.sessionID]?.removeValue(forKey: origin)
            var held =
                known
                ?? Held(
                    tail: OutputTail(series: name + "x" + String(stamp, radix: 36)), stamp: stamp,
                    passed: stamp)
            if known == nil { state.hand.append(origin) }
            let before = held.tail.bytes.count
            held.tail.append(text, dropped: dropped)
            held.stamp = stamp
            state.byteCount += held.tail.bytes.count - before
            state.sessions[origin.sessionID, default: [:]][origin] = held
            letGo(&state)
            return state.readers[origin.sessionID].map { Array($0.values) } ?? []
        }
        for reader in readers { reader.yield(.news) }
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
                state.byteCount -= held.tail.bytes.count
                state.sessions[origin.sessionID]?[origin] = nil
                if state.sessions[origin.sessionID]?.isEmpty == true {
                    state.sessions[origin.sessionID] = nil
                }
            }
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
                offsets: state.sessions[session]?.mapValues { $0.tail.end } ?? [:])
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
        let grown = all.filter { $0.value.stamp > place.stamp }
        for (origin, held) in grown.sorted(by: { $0.value.stamp < $1.value.stamp }) {
            let part = held.tail.part(from: next.offsets[origin] ?? 0, limit: room)
            next.offsets[origin] = part.next
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

    /// Somebody is woken whenever an agent of the session says something.
    ///
    /// - Returns: what to name when it is gone.
    func add(_ waker: AsyncStream<FeedWake>.Continuation, session: String) -> UInt64 {
        state.withLock { state in
            state.lastReader += 1
            state.readers[session, default: [:]][state.lastReader] = waker
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
