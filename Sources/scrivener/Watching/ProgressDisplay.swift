// Progress on stderr: drawn over itself on a terminal, line by line anywhere else.

import ScrivenerModel

/// Shows reports. One owner, from first to last.
struct ProgressDisplay {
    private enum Mode {
        /// `drawn` lines stand on the screen, with the cursor below them.
        case animated(view: ProgressView, drawn: Int)
        case plain(PlainProgress)
    }

    private var mode: Mode
    private var last: ProgressReport?
    private var lastAt = Duration.zero

    init(style: TerminalStyle) {
        mode =
            style.isAnimated
            ? .animated(view: ProgressView(style: style), drawn: 0) : .plain(PlainProgress())
    }

    var isAnimated: Bool {
        if case .animated = mode { true } else { false }
    }

    mutating func show(_ report: ProgressReport, at now: Duration) {
        last = report
        lastAt = now
        switch mode {
        case .animated: draw(at: now)
        case .plain(var plain):
            let line = plain.line(for: report, at: now)
            mode = .plain(plain)
            if let line { StandardStream.error.write(line + "\n") }
        }
    }

    /// Shows what was held back, and moves what moves.
    mutating func tick(at now: Duration) {
        lastAt = now
        switch mode {
        case .animated: draw(at: now)
        case .plain(var plain):
            let line = plain.pendingLine(at: now)
            mode = .plain(plain)
            if let line { StandardStream.error.write(line + "\n") }
        }
    }

    /// Shows a line that stays.
    mutating func note(_ text: String, at now: Duration) {
        StandardStream.error.write(erasure() + TerminalText.cleaned(text) + "\n")
        if case .animated = mode { draw(at: now) }
    }

    /// Leaves one last line of what was drawn.
    mutating func close() {
        guard case .animated = mode else { return }
        var text = erasure()
        if let last { text += ProgressView.line(last, elapsed: lastAt) + "\n" }
        StandardStream.error.write(text)
        last = nil
    }

    private mutating func draw(at now: Duration) {
        guard case .animated(let view, _) = mode, let last else { return }
        let columns = max(20, StandardStream.error.columns - 1)
        let lines = view.lines(last, elapsed: now, columns: columns)
        StandardStream.error.write(erasure() + lines.joined(separator: "\n") + "\n")
        mode = .animated(view: view, drawn: lines.count)
    }

    /// Moves the cursor up to the first line drawn and clears from there.
    private mutating func erasure() -> String {
        guard case .animated(let view, let drawn) = mode, drawn > 0 else { return "" }
        mode = .animated(view: view, drawn: 0)
        return "\u{1B}[\(drawn)F\u{1B}[J"
    }
}
