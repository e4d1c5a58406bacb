// A task's log on its way to people: the text itself on stdout, and on stderr what is not the agent's word.

import ScrivenerModel

/// Writes what the log's stream says.
struct TaskLogOutput {
    let taskID: String
    let data: DataOutput
    private var attempt: Int?
    private var isInterrupted = false

    init(taskID: String, data: DataOutput) {
        self.taskID = taskID
        self.data = data
    }

    mutating func take(_ update: TaskLogFeed.Update) {
        switch update {
        case .attempt(let number, let worker):
            isInterrupted = false
            // A stream that was opened again may begin with what is known.
            guard number != attempt else { return }
            if let attempt {
                note(
                    "attempt \(attempt) has ended; attempt \(number)"
                        + (worker.map { " on \($0)" } ?? "") + " follows")
            }
            attempt = number
        case .text(let text, let json):
            isInterrupted = false
            if data.format == .jsonl { data.writeEvent(json) } else { Self.write(text) }
        case .gap: note("some output before this is not held any more")
        case .interrupted(let reason):
            if !isInterrupted { note("\(reason); connecting again") }
            isInterrupted = true
        }
    }

    private func note(_ text: String) {
        StandardStream.error.write("scrivener: " + TerminalText.cleaned(text) + "\n")
    }

    /// As it is, unless a terminal would show it: nothing in it may steer that.
    static func write(_ text: String) {
        let isShown = StandardStream.output.isTerminal
        StandardStream.output.write(
            isShown ? TerminalText.cleaned(text, keepingLineBreaks: true) : text)
    }
}
