// Demands by number, a bit for each: all that an instance can serve are woken at once with every
// slot that becomes free.

/// A set of demands.
struct DemandSet: Sendable, Equatable {
    private var words: [UInt64] = []

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    func contains(_ demand: Int32) -> Bool {
        let word = Int(demand) >> 6
        return word < words.count && words[word] & Self.bit(demand) != 0
    }

    mutating func insert(_ demand: Int32) {
        let word = Int(demand) >> 6
        while words.count <= word { words.append(0) }
        words[word] |= Self.bit(demand)
    }

    mutating func remove(_ demand: Int32) {
        let word = Int(demand) >> 6
        if word < words.count { words[word] &= ~Self.bit(demand) }
    }

    mutating func formUnion(_ other: DemandSet) {
        while words.count < other.words.count { words.append(0) }
        for word in other.words.indices { words[word] |= other.words[word] }
    }

    mutating func subtract(_ other: DemandSet) {
        for word in 0..<min(words.count, other.words.count) { words[word] &= ~other.words[word] }
    }

    mutating func formIntersection(_ other: DemandSet) {
        for word in words.indices {
            words[word] &= word < other.words.count ? other.words[word] : 0
        }
    }

    mutating func removeAll() {
        for word in words.indices { words[word] = 0 }
    }

    /// The first that is not before the given one.
    func first(from demand: Int32) -> Int32? {
        var word = Int(demand) >> 6
        guard word < words.count else { return nil }
        var bits = words[word] & ~(Self.bit(demand) - 1)
        while bits == 0 {
            word += 1
            guard word < words.count else { return nil }
            bits = words[word]
        }
        return Int32(word << 6 + bits.trailingZeroBitCount)
    }

    private static func bit(_ demand: Int32) -> UInt64 { 1 << UInt64(demand & 63) }
}
