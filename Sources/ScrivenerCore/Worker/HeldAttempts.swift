// The attempts that a worker holds, in rows that are used again. Who is given a place finds its attempt without
// hashing, and learns when it is held no longer: of short attempts tens of thousands come and go in a second.

import ScrivenerModel

/// Attempts that were dispatched and have not ended.
struct HeldAttempts: Sendable {
    /// Where an attempt lies for as long as it is held.
    struct Place: Sendable, Equatable {
        fileprivate let row: Int
        fileprivate let tenancy: UInt32
    }

    private struct Row: Sendable {
        var attempt: HeldAttempt
        /// Whose it is; grows with each that had the row.
        var tenancy: UInt32
        var isTaken: Bool
    }

    private var rows: [Row] = []
    private var free: [Int] = []
    private var rowOf: [AttemptReference: Int] = [:]

    var count: Int { rowOf.count }
    var isEmpty: Bool { rowOf.isEmpty }
    /// In no order.
    var keys: some Sequence<AttemptReference> { rowOf.keys }
    /// In no order.
    var values: some Sequence<HeldAttempt> { rows.lazy.filter(\.isTaken).map(\.attempt) }

    subscript(_ attempt: AttemptReference) -> HeldAttempt? {
        rowOf[attempt].map { rows[$0].attempt }
    }

    subscript(_ place: Place) -> HeldAttempt? {
        let row = rows[place.row]
        return row.isTaken && row.tenancy == place.tenancy ? row.attempt : nil
    }

    /// - Precondition: it is not held yet.
    mutating func add(_ attempt: HeldAttempt, as reference: AttemptReference) -> Place {
        let row: Int
        if let last = free.popLast() {
            row = last
            rows[row].attempt = attempt
            rows[row].tenancy &+= 1
            rows[row].isTaken = true
        } else {
            row = rows.count
            rows.append(Row(attempt: attempt, tenancy: 0, isTaken: true))
        }
        let before = rowOf.updateValue(row, forKey: reference)
        precondition(before == nil, "an attempt is held once")
        return Place(row: row, tenancy: rows[row].tenancy)
    }

    /// Changes where an attempt stands. Nothing happens when it is not held.
    mutating func set(_ stage: HeldAttempt.Stage, of attempt: AttemptReference) {
        guard let row = rowOf[attempt] else { return }
        rows[row].attempt.stage = stage
    }

    /// - Precondition: it is held.
    mutating func set(_ stage: HeldAttempt.Stage, at place: Place) {
        precondition(self[place] != nil, "a place outlives its attempt")
        rows[place.row].attempt.stage = stage
    }

    mutating func remove(_ attempt: AttemptReference) {
        _ = remove(attempt) { _ in true }
    }

    /// Lets go of an attempt that is as it should be.
    ///
    /// - Returns: the attempt; `nil` when it is not held, or not as it should be.
    mutating func remove(
        _ attempt: AttemptReference, if condition: (HeldAttempt) -> Bool
    ) -> HeldAttempt? {
        guard let index = rowOf.index(forKey: attempt) else { return nil }
        let row = rowOf[index].value
        let removed = rows[row].attempt
        guard condition(removed) else { return nil }
        rowOf.remove(at: index)
        rows[row].isTaken = false
        free.append(row)
        return removed
    }
}
