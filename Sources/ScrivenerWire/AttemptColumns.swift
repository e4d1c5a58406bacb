// Lists of attempts as three packed arrays.

import ScrivenerModel

extension ProtoAttempts {
    init(_ references: some Sequence<AttemptReference>) {
        self.init()
        for reference in references { append(reference) }
    }

    mutating func append(_ reference: AttemptReference) {
        sessions.append(reference.session)
        tasks.append(reference.task)
        attempts.append(reference.attempt)
    }

    /// The attempts, every number checked.
    func references(limit: Int, _ field: StaticString) throws(WireError) -> [AttemptReference] {
        let rows = sessions.count
        let whole = WireField(stringLiteral: field)
        try Check.size(rows, limit: limit, whole)
        let tasks = try Column(self.tasks, rows: rows, whole)
        let attempts = try Column(self.attempts, rows: rows, whole)
        var references: [AttemptReference] = []
        references.reserveCapacity(rows)
        for (row, session) in sessions.enumerated() {
            let reference = AttemptReference(
                session: session, task: tasks[row], attempt: attempts[row])
            try Self.check(reference, WireField(field, row: row))
            references.append(reference)
        }
        return references
    }

    private static func check(
        _ reference: AttemptReference, _ field: WireField
    ) throws(WireError) {
        try Check.range(reference.session, in: 1...Int64.max, field)
        try Check.natural(reference.task, field)
        try Check.range(reference.attempt, in: 1...Int32.max, field)
    }
}
