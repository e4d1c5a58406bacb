// What progress looks like. Pure: a report, the time and the room there is, and lines come out.

import ScrivenerModel

/// Draws a report in a few lines that are drawn over again and again.
struct ProgressView: Sendable, Equatable {
    static let barWidth = 24
    static let maximumMessageWidth = 40
    private static let wheel: [Character] = Array("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
    private static let plainWheel: [Character] = Array("|/-\\")

    let style: TerminalStyle

    /// - Parameters:
    ///   - elapsed: Time since watching began.
    ///   - columns: Columns of the terminal; no line is wider.
    func lines(_ report: ProgressReport, elapsed: Duration, columns: Int) -> [String] {
        let state = TerminalText.cleaned(report.currentState.rawValue)
        let head = "\(wheel(elapsed)) \(TerminalText.padded(state, to: 12)) "
        let tail =
            " \(Readable.percent(report.progressPercentage))  "
            + "\(report.completedTasks)/\(Readable.count(report.totalTasks, "task"))  "
            + Self.clock(elapsed)
        let room = columns - TerminalText.width(head) - TerminalText.width(tail)
        let bar = room >= 8 ? bar(report.progressPercentage, width: min(Self.barWidth, room)) : ""
        var lines = [head + bar + tail]
        let running = Self.running(report)
        if !running.isEmpty { lines.append("  " + running) }
        let left = Self.left(report)
        if !left.isEmpty { lines.append("  " + left) }
        let found = Self.found(report)
        if !found.isEmpty { lines.append("  " + found) }
        var shown = lines.map {
            TerminalText.truncated($0, to: columns, hasUnicode: style.hasUnicode)
        }
        for index in shown.indices.dropFirst() {
            shown[index] = style.coloured(shown[index], .grey)
        }
        shown[0] = style.coloured(String(shown[0].prefix(1)), .cyan) + shown[0].dropFirst()
        return shown
    }

    /// One line for a log.
    static func line(_ report: ProgressReport, elapsed: Duration) -> String {
        var parts = [
            TerminalText.padded(
                Self.clock(elapsed), to: 8, onTheLeft: true),
            TerminalText.padded(report.currentState.rawValue, to: 12),
            "\(report.completedTasks)/\(Readable.count(report.totalTasks, "task"))",
            "(\(Readable.percent(report.progressPercentage)))",
        ]
        parts += [left(report), found(report), running(report)].filter { !$0.isEmpty }
        return TerminalText.cleaned(parts.joined(separator: "  "))
    }

    /// At most three tasks by name, and how many more there are.
    static func running(_ report: ProgressReport) -> String {
        let names = report.currentTasks.prefix(3).map { TerminalText.cleaned(described($0)) }
        guard !names.isEmpty else { return "" }
        let all = report.tasksByStatus[TaskStatus.running.rawValue] ?? report.currentTasks.count
        let more = all > names.count ? " and \(all - names.count) more" : ""
        return "running: " + names.joined(separator: ", ") + more
    }

    /// A task that runs, with what its agent says of it: `summary (40 %, section 2 of 5)`.
    static func described(_ task: CurrentTask) -> String {
        let message = task.message.map { TerminalText.truncated($0, to: maximumMessageWidth) }
        let parts = [task.progress.map { Readable.percent($0 * 100) }, message]
            .compactMap(\.self).filter { !$0.isEmpty }
        return parts.isEmpty ? task.taskID : "\(task.taskID) (\(parts.joined(separator: ", ")))"
    }

    /// When the session is expected to end.
    static func left(_ report: ProgressReport) -> String {
        guard !report.status.isTerminal, let left = report.secondsLeft else { return "" }
        return Readable.timeLeft(left)
    }

    /// What has been found, and what went wrong.
    static func found(_ report: ProgressReport) -> String {
        var parts: [String] = []
        if report.sourcesFound > 0 { parts.append(Readable.count(report.sourcesFound, "source")) }
        if report.insightsGenerated > 0 {
            parts.append(Readable.count(report.insightsGenerated, "insight"))
        }
        for status in [TaskStatus.backingOff, .failed, .lost, .skipped, .cancelled] {
            let count = report.tasksByStatus[status.rawValue] ?? 0
            let word = status == .backingOff ? "to be tried again" : status.rawValue
            if count > 0 { parts.append("\(count) \(word)") }
        }
        return parts.joined(separator: ", ")
    }

    /// A time that does not change its unit while it begins to run.
    private static func clock(_ elapsed: Duration) -> String {
        elapsed < .milliseconds(100) ? "0.0 s" : Readable.seconds(elapsed.inSeconds)
    }

    private func wheel(_ elapsed: Duration) -> String {
        let frames = style.hasUnicode ? Self.wheel : Self.plainWheel
        let step = Int((elapsed.inSeconds * 8).rounded(.down))
        return String(frames[max(0, step) % frames.count])
    }

    private func bar(_ percentage: Double, width: Int) -> String {
        let share = percentage.isFinite ? min(max(percentage / 100, 0), 1) : 0
        let full = Int((share * Double(width)).rounded(.down))
        let (filled, empty) = style.hasUnicode ? ("█", "░") : ("#", ".")
        return String(repeating: filled, count: full)
            + String(repeating: empty, count: width - full)
    }
}

/// Decides which reports are worth a line in a log: changes of state at once, completed tasks at
/// most once in a while.
struct PlainProgress: Sendable, Equatable {
    static let interval = Duration.seconds(1)

    private var lastShown: ProgressReport?
    private var lastShownAt = Duration.zero
    private var pending: ProgressReport?

    init() {}

    /// The line for a report, if it is to be shown now.
    mutating func line(for report: ProgressReport, at now: Duration) -> String? {
        if let last = lastShown, Self.isSame(last, report) {
            pending = nil
            return nil
        }
        guard let last = lastShown, last.currentState == report.currentState,
            !report.status.isTerminal, now - lastShownAt < Self.interval
        else { return show(report, at: now) }
        pending = report
        return nil
    }

    /// The line that was held back, if its time has come.
    mutating func pendingLine(at now: Duration) -> String? {
        guard let report = pending, now - lastShownAt >= Self.interval else { return nil }
        return show(report, at: now)
    }

    private mutating func show(_ report: ProgressReport, at now: Duration) -> String {
        lastShown = report
        lastShownAt = now
        pending = nil
        return ProgressView.line(report, elapsed: now)
    }

    private static func isSame(_ left: ProgressReport, _ right: ProgressReport) -> Bool {
        left.currentState == right.currentState && left.status == right.status
            && left.completedTasks == right.completedTasks
            && left.totalTasks == right.totalTasks
    }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
