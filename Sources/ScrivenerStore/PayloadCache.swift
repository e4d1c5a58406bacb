// A result is mostly read right after it was written, by the tasks that waited for it. This keeps
// the parts of payloads that were written or read last, up to a number of bytes.
//
// First in, first out, with a second chance for parts that were read since (the CLOCK algorithm,
// F. J. Corbató, "A Paging Experiment with the Multics System", 1968): nearly as good as dropping
// the least recently used, without a list to relink at every read.

struct PayloadCache {
    private struct Entry {
        var bytes: [UInt8]
        var wasRead = false

        var cost: Int { PayloadCache.overheadBytes + bytes.count }
    }

    /// What a part takes besides its bytes, roughly: without it, many tiny ones would take many
    /// times the limit.
    private static let overheadBytes = 128

    let limitBytes: Int
    private(set) var byteCount = 0
    private var entries: [PayloadPart: Entry] = [:]
    /// Parts in the order of their coming. Those before `head` are gone.
    private var order: [PayloadPart] = []
    private var head = 0

    init(limitBytes: Int) { self.limitBytes = limitBytes }

    mutating func bytes(of part: PayloadPart) -> [UInt8]? {
        guard let index = entries.index(forKey: part) else { return nil }
        entries.values[index].wasRead = true
        return entries.values[index].bytes
    }

    /// Parts never change, so one that is here already is left as it is. One that is larger than
    /// the whole cache is not kept.
    mutating func insert(_ bytes: [UInt8], for part: PayloadPart) {
        let entry = Entry(bytes: bytes)
        guard entry.cost <= limitBytes, entries[part] == nil else { return }
        entries[part] = entry
        order.append(part)
        byteCount += entry.cost
        while byteCount > limitBytes { dropOne() }
    }

    private mutating func dropOne() {
        let part = order[head]
        head += 1
        if head > 1_024, head * 2 > order.count {
            order.removeFirst(head)
            head = 0
        }
        guard var entry = entries[part] else { return }
        if entry.wasRead {
            entry.wasRead = false
            entries[part] = entry
            order.append(part)
        } else {
            byteCount -= entry.cost
            entries[part] = nil
        }
    }
}
