// The open sessions by number: places of one array, see `SessionPlaces`.

import ScrivenerModel

/// Open sessions.
struct SessionTable: Sendable {
    private var slots: [Session] = []
    private var vacant: [Int] = []
    private var places = SessionPlaces()
    /// Whose session was changed last, and where it lies: an event mostly is about one. Nowhere, -1,
    /// when that one is gone: any number may be asked for, whatever a worker makes up.
    private var recent: Int64 = 0
    private var recentSlot = -1

    @inline(always)
    private func slot(of number: Int64) -> Int? {
        number == recent && recentSlot >= 0 ? recentSlot : places[number]
    }

    @inline(always)
    private mutating func find(_ number: Int64) -> Int? {
        number == recent && recentSlot >= 0 ? recentSlot : findAnother(number)
    }

    // Apart: what is seldom is not to be in the way of what is done with every event.
    @inline(never)
    private mutating func findAnother(_ number: Int64) -> Int? {
        guard let slot = places[number] else { return nil }
        recent = number
        recentSlot = slot
        return slot
    }

    var count: Int { places.count }

    func contains(_ number: Int64) -> Bool { places[number] != nil }

    /// The numbers of the open sessions, in order.
    var numbers: [Int64] { places.numbers }

    /// Reads a session in place, without copying it; `nil` when it is not open. Inlined, so that
    /// what is looked at is loaded and not the whole.
    @inline(always)
    func read<Result>(_ number: Int64, _ body: (Session) -> Result) -> Result? {
        guard let slot = slot(of: number) else { return nil }
        return body(slots[slot])
    }

    /// Reads a session where more of it is looked at than a few numbers: through its address, so that
    /// it is certain that the whole is not copied.
    @discardableResult @inline(always)
    mutating func look<Result>(
        at number: Int64, _ body: (inout Session) -> Result
    ) -> Result? {
        guard let slot = find(number) else { return nil }
        return body(&slots[slot])
    }

    /// Changes a session in place; `nil` when it is not open.
    @discardableResult @inline(always)
    mutating func modify<Result>(
        _ number: Int64, _ body: (inout Session) -> Result
    ) -> Result? {
        guard let slot = find(number) else { return nil }
        return body(&slots[slot])
    }

    mutating func insert(_ session: Session) {
        precondition(
            count == 0 || session.number > places.latest, "session numbers must grow")
        if let free = vacant.popLast() {
            places.insert(session.number, at: free)
            slots[free] = session
        } else {
            places.insert(session.number, at: slots.count)
            slots.append(session)
        }
    }

    mutating func remove(_ number: Int64) {
        guard let slot = places.remove(number) else { return }
        recentSlot = -1
        slots[slot] = .vacant
        vacant.append(slot)
    }
}
