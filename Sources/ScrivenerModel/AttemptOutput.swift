// What agents say while they run. It is for people who look on: no fact, on no disk, and the first to go
// where there is too much of anything.

/// A piece of what an attempt's agent says while it runs.
public struct AttemptOutput: Sendable, Equatable {
    public var attempt: AttemptReference
    public var text: String
    /// How many bytes that were said right after the text were left out.
    public var droppedBytes: Int64

    public init(attempt: AttemptReference, text: String, droppedBytes: Int64 = 0) {
        self.attempt = attempt
        self.text = text
        self.droppedBytes = droppedBytes
    }
}
