// How a command ends. The codes are an interface: scripts branch on them, so they never change
// meaning. `docs/cli.md` lists them.

import ScrivenerModel

/// The exit codes of every command. `cluster run` alone passes on the code of what it ran.
struct ExitStatus: Sendable, Equatable {
    let rawValue: Int32

    static let success = ExitStatus(rawValue: 0)
    static let error = ExitStatus(rawValue: 1)
    /// No worker offers what a task requires.
    static let unplaceable = ExitStatus(rawValue: 2)
    /// The session ended as `partial` or `failed`.
    static let finishedWithFailures = ExitStatus(rawValue: 3)
    static let cancelled = ExitStatus(rawValue: 4)
    static let usage = ExitStatus(rawValue: 64)
    static let timedOut = ExitStatus(rawValue: 124)
    static let interrupted = ExitStatus(rawValue: 130)

    /// The code for a session that has ended, or `nil` while it has not.
    init?(ended report: ProgressReport) {
        switch report.currentState {
        case .completed: self = .success
        case .partial, .failed: self = .finishedWithFailures
        case .cancelled: self = .cancelled
        case .initializing, .planning, .researching, .analyzing, .drafting, .reviewing, .paused:
            switch report.status {
            case .completed: self = .success
            case .failed: self = .finishedWithFailures
            case .cancelled: self = .cancelled
            case .pending, .inProgress, .cancelling: return nil
            }
        }
    }

    init(rawValue: Int32) { self.rawValue = rawValue }
}

/// Why a command did not succeed: what happened and where, what to try, and the exit code.
struct CommandFailure: Error, Equatable {
    var status: ExitStatus
    /// What happened, and where. May have several lines.
    var message: String
    /// What to try. May have several lines.
    var hint: String?

    init(_ message: String, hint: String? = nil, status: ExitStatus = .error) {
        self.status = status
        self.message = message
        self.hint = hint
    }

    /// Something that was configured, and cannot be used.
    init(_ error: ScrivenerError) {
        self.init("\(error.message) [\(error.code.rawValue)]")
    }

    /// The text for stderr. Nothing in it can steer a terminal.
    var rendered: String {
        var text = "scrivener: " + TerminalText.cleaned(message, keepingLineBreaks: true) + "\n"
        if let hint {
            text += TerminalText.indented(TerminalText.cleaned(hint, keepingLineBreaks: true))
        }
        return text
    }
}
