// What agents say while they run, until the loop sends it. Nobody waits here, and nothing grows: what finds
// no room is counted and forgotten, and the count is told with what came before it.

import ScrivenerModel
import Synchronization

/// What was said and not sent yet. From any thread.
final class OutputBuffer: Sendable {
    /// Of one attempt, between two messages to the coordinator.
    static let maximumBytesEach = 16 << 10
    /// Of all attempts of the worker.
    static let maximumBytes = 256 << 10
    /// As many attempts as one message has rows for. What others say is not even counted.
    static let maximumAttempts = 4_096

    private struct State {
        var said: [AttemptOutput] = []
        /// Where each attempt stands in `said`.
        var places: [AttemptReference: Int] = [:]
        var byteCount = 0
    }

    private let state = Mutex(State())

    /// - Parameter onFirst: called when nothing was here before. Nobody else's word, and so no end of whoever said
    ///   it, comes between.
    func append(_ text: String, of attempt: AttemptReference, onFirst: () -> Void) {
        guard !text.isEmpty else { return }
        state.withLock { state in
            if state.said.isEmpty { onFirst() }
            let place = state.places[attempt] ?? state.said.count
            guard place < Self.maximumAttempts else { return }
            if place == state.said.count {
                state.places[attempt] = place
                state.said.append(AttemptOutput(attempt: attempt, text: ""))
            }
            let count = text.utf8.count
            let room = min(
                Self.maximumBytesEach - state.said[place].text.utf8.count,
                Self.maximumBytes - state.byteCount)
            // What follows something that was left out is left out as well: its place would be lost.
            let isWhole = state.said[place].droppedBytes == 0
            let taken = isWhole ? text.beginning(ofBytes: room) : ""
            state.said[place].text += taken
            state.byteCount += taken.utf8.count
            state.said[place].droppedBytes += Int64(count - taken.utf8.count)
        }
    }

    func holds(_ attempt: AttemptReference) -> Bool {
        state.withLock { $0.places[attempt] != nil }
    }

    /// What was said, once.
    func take() -> [AttemptOutput] {
        state.withLock { state in
            defer { state = State() }
            return state.said
        }
    }
}
