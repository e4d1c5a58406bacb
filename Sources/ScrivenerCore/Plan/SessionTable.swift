// The open sessions by number, without hashing: numbers are handed out in order, so the open ones
// lie in a window, and an array over the window says which slot holds which.

/// Open sessions.
struct SessionTable: Sendable {
    private var slots: [Session] = []
    private var vacant: [Int32] = []
    /// Slot of number `base + index`, or -1.
    private var slotOf: [Int32] = []
    private var base: Int64 = 1
    private(set) var count = 0

    func contains(_ number: Int64) -> Bool { slot(number) != nil }

    /// The numbers of the open sessions, in order.
    var numbers: [Int64] {
        slotOf.indices.filter { slotOf[$0] >= 0 }.map { base + Int64($0) }
    }

    /// Reads a session in place, without copying it; `nil` when it is not open. Inlined, so that
    /// what is looked at is loaded and not the whole.
    @inline(__always)
    func read<Result>(_ number: Int64, _ body: (Session) -> Result) -> Result? {
        guard let slot = slot(number) else { return nil }
        return body(slots[slot])
    }

    /// Changes a session in place; `nil` when it is not open.
    @discardableResult @inline(__always)
    mutating func modify<Result>(
        _ number: Int64, _ body: (inout Session) -> Result
    ) -> Result? {
        guard let slot = slot(number) else { return nil }
        return body(&slots[slot])
    }

    mutating func insert(_ session: Session) {
        if slotOf.isEmpty { base = session.number }
        precondition(session.number >= base + Int64(slotOf.count), "session numbers must grow")
        let slot: Int32
        if let free = vacant.popLast() {
            slot = free
            slots[Int(slot)] = session
        } else {
            slot = Int32(slots.count)
            slots.append(session)
        }
        while base + Int64(slotOf.count) < session.number { slotOf.append(-1) }
        slotOf.append(slot)
        count += 1
    }

    mutating func remove(_ number: Int64) {
        guard let slot = slot(number) else { return }
        slots[slot] = .vacant
        vacant.append(Int32(slot))
        slotOf[Int(number - base)] = -1
        count -= 1
        trim()
    }

    /// Lets the window begin at the oldest open session, now and then.
    private mutating func trim() {
        if count == 0 {
            base += Int64(slotOf.count)
            slotOf.removeAll(keepingCapacity: true)
            return
        }
        guard slotOf.count > 1_024, let first = slotOf.firstIndex(where: { $0 >= 0 }),
            first > slotOf.count / 2
        else { return }
        slotOf.removeFirst(first)
        base += Int64(first)
    }

    @inline(__always)
    private func slot(_ number: Int64) -> Int? {
        let (index, overflow) = number.subtractingReportingOverflow(base)
        guard !overflow, index >= 0, index < slotOf.count, slotOf[Int(index)] >= 0 else {
            return nil
        }
        return Int(slotOf[Int(index)])
    }
}
