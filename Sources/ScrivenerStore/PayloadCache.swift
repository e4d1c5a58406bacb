// A result is mostly read right after it was written, by the tasks that waited for it. This keeps
// the payload rows that were written or read last, up to a number of bytes.
//
// First in, first out, with a second chance for rows that were read since (the CLOCK algorithm,
// F. J. Corbató, "A Paging Experiment with the Multics System", 1968): nearly as good as dropping
// the least recently used, without a list to relink at every read.

struct PayloadCache {
    private struct Entry {
        var bytes: [UInt8]
        var wasRead = false

        var cost: Int { PayloadCache.rowOverheadBytes + bytes.count }
    }

    /// What a row takes besides its bytes, roughly: without it, many tiny rows would take many
    /// times the limit.
    private static let rowOverheadBytes = 128

    let limitBytes: Int
    private(set) var byteCount = 0
    private var entries: [Int64: Entry] = [:]
    /// Rows in the order of their coming. Those before `head` are gone.
    private var order: [Int64] = []
    private var head = 0

    init(limitBytes: Int) { self.limitBytes = limitBytes }

    mutating func bytes(of row: Int64) -> [UInt8]? {
        guard let index = entries.index(forKey: row) else { return nil }
        entries.values[index].wasRead = true
        return entries.values[index].bytes
    }

    /// Rows never change, so one that is here already is left as it is. One that is larger than
    /// the whole cache is not kept.
    mutating func insert(_ bytes: [UInt8], for row: Int64) {
        let entry = Entry(bytes: bytes)
        guard entry.cost <= limitBytes, entries[row] == nil else { return }
        entries[row] = entry
        order.append(row)
        byteCount += entry.cost
        while byteCount > limitBytes { dropOne() }
    }

    private mutating func dropOne() {
        let row = order[head]
        head += 1
        if head > 1_024, head * 2 > order.count {
            order.removeFirst(head)
            head = 0
        }
        guard var entry = entries[row] else { return }
        if entry.wasRead {
            entry.wasRead = false
            entries[row] = entry
            order.append(row)
        } else {
            byteCount -= entry.cost
            entries[row] = nil
        }
    }
}
