// Which worker is at the other end of a connection: asked with every message. A table of its own for
// the reason that `AssignedAttempts` gives: connections are numbered by our own socket, and need no
// hash that withstands an enemy.
//
// Open addressing with linear probing; a removal closes the gap that it leaves (Knuth, TAOCP vol. 3,
// 6.4, algorithm R).

/// Workers by connection. The shell, too, has one: there, too, it is asked with every message.
package struct ConnectionTable: Sendable {
    private struct Slot: Sendable {
        var connection: UInt64
        /// -1 where nothing is.
        var worker: Int32
    }

    /// As many as a power of two, at most half of them in use.
    private var slots = Array(repeating: Slot(connection: 0, worker: -1), count: 16)
    package private(set) var count = 0

    package init() {}

    package subscript(connection: ConnectionID) -> Int32? {
        @inline(always) get {
            var place = home(connection.rawValue)
            while slots[place].worker >= 0 {
                if slots[place].connection == connection.rawValue { return slots[place].worker }
                place = (place + 1) & (slots.count - 1)
            }
            return nil
        }
        set {
            if let newValue { set(connection.rawValue, newValue) } else { remove(connection) }
        }
    }

    @inline(always)
    private func home(_ connection: UInt64) -> Int {
        Int(truncatingIfNeeded: (connection &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slots.count - 1)
    }

    private mutating func set(_ connection: UInt64, _ worker: Int32) {
        var place = home(connection)
        while slots[place].worker >= 0, slots[place].connection != connection {
            place = (place + 1) & (slots.count - 1)
        }
        if slots[place].worker < 0 { count += 1 }
        slots[place] = Slot(connection: connection, worker: worker)
        guard count * 2 > slots.count else { return }
        let old = slots.filter { $0.worker >= 0 }
        slots = Array(repeating: Slot(connection: 0, worker: -1), count: slots.count * 2)
        count = 0
        for slot in old { set(slot.connection, slot.worker) }
    }

    private mutating func remove(_ connection: ConnectionID) {
        let mask = slots.count - 1
        var gap = home(connection.rawValue)
        while slots[gap].worker >= 0, slots[gap].connection != connection.rawValue {
            gap = (gap + 1) & mask
        }
        guard slots[gap].worker >= 0 else { return }
        count -= 1
        slots[gap].worker = -1
        var place = (gap + 1) & mask
        while slots[place].worker >= 0 {
            // An entry may fill the gap if its search begins at the gap or before it.
            let distance = (place - home(slots[place].connection)) & mask
            if distance >= (place - gap) & mask {
                slots[gap] = slots[place]
                slots[place].worker = -1
                gap = place
            }
            place = (place + 1) & mask
        }
    }
}
