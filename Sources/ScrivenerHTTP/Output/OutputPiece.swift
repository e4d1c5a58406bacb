// A piece of what an agent says, on its way into what is held.

/// Some text of one attempt.
package struct OutputPiece: Sendable {
    package var origin: OutputOrigin
    /// The session's number: its id may be another's later, when it is not kept any more.
    package var session: Int64
    package var text: String
    /// How many bytes after the text were left out on the way.
    package var droppedBytes: Int64

    package init(
        origin: OutputOrigin, session: Int64, text: String, droppedBytes: Int64 = 0
    ) {
        self.origin = origin
        self.session = session
        self.text = text
        self.droppedBytes = droppedBytes
    }
}
