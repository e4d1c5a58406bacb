// What happened, in lines. Only a run that is told again keeps them.

import ScrivenerModel

/// Keeps lines, when it is on.
struct Tracer {
    struct Line: Sendable {
        var at: Instant
        var text: String
        var subject: Subject

        var rendered: String {
            let milliseconds = at.nanoseconds / 1_000_000
            let rest = at.nanoseconds / 1_000 % 1_000
            return "\(milliseconds).\(String(rest + 1_000).dropFirst()) ms  \(text)"
        }
    }

    let isOn: Bool
    private(set) var lines: [Line] = []

    init(isOn: Bool) { self.isOn = isOn }

    mutating func note(_ text: String, at now: Instant, _ subject: Subject) {
        guard isOn else { return }
        lines.append(Line(at: now, text: text, subject: subject))
    }

    /// The last lines that concern a subject, or everybody.
    func story(of subject: Subject, limit: Int = 60) -> [String] {
        var holders: Set<String> = []
        if let worker = subject.worker { holders.insert(worker) }
        for line in lines where line.subject.session == subject.session {
            guard subject.task == nil || line.subject.task == subject.task,
                line.subject.session != nil, let worker = line.subject.worker
            else { continue }
            holders.insert(worker)
        }
        let told = lines.filter { line in
            if let session = line.subject.session {
                return subject.session == nil && subject.worker == nil
                    || session == subject.session
                        && (subject.task == nil || line.subject.task == nil
                            || line.subject.task == subject.task)
            }
            return line.subject.worker.map(holders.contains) ?? true
        }
        return told.suffix(limit).map(\.rendered)
    }
}
