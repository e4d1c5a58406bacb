// Demands by number, a bit for each: all that an instance can serve are woken at once with every
// slot that becomes free. Mostly there are few, and then one word holds them all.

/// A set of demands.
struct DemandSet: Sendable, Equatable {
    private var first: UInt64 = 0
    /// Of the demands from 64 on; empty where there were none.
    private var rest: [UInt64] = []

    /// So many demands lie in the first word.
    static let inAWord = 64
    @inline(always)
    var firstWord: UInt64 { first }
    /// How many words there are.
    var wordCount: Int { rest.count + 1 }
    /// One of them: of the demands from 64 times its number on.
    func word(_ number: Int) -> UInt64 { number == 0 ? first : rest[number - 1] }
    /// Whether that word is all: mostly, and then no list has to be passed about.
    @inline(always)
    var isInAWord: Bool { rest.isEmpty }

    @inline(always)
    func contains(_ demand: Int32) -> Bool {
        let word = Int(demand) >> 6
        if word == 0 { return first & Self.bit(demand) != 0 }
        return word <= rest.count && rest[word - 1] & Self.bit(demand) != 0
    }

    @inline(always)
    mutating func insert(_ demand: Int32) {
        if demand < 64 { first |= Self.bit(demand) } else { insertFar(demand) }
    }

    private mutating func insertFar(_ demand: Int32) {
        let word = Int(demand) >> 6
        while rest.count < word { rest.append(0) }
        rest[word - 1] |= Self.bit(demand)
    }

    @inline(always)
    mutating func remove(_ demand: Int32) {
        let word = Int(demand) >> 6
        if word == 0 {
            first &= ~Self.bit(demand)
        } else if word <= rest.count {
            rest[word - 1] &= ~Self.bit(demand)
        }
    }

    @inline(always)
    mutating func formUnion(_ other: DemandSet) {
        first |= other.first
        if !other.rest.isEmpty { formUnionOfRest(other) }
    }

    @inline(never)
    private mutating func formUnionOfRest(_ other: DemandSet) {
        while rest.count < other.rest.count { rest.append(0) }
        for word in other.rest.indices { rest[word] |= other.rest[word] }
    }

    @inline(always)
    mutating func formUnion(word: UInt64) { first |= word }

    @inline(always)
    mutating func subtract(word: UInt64) { first &= ~word }

    @inline(always)
    mutating func subtract(_ other: DemandSet) {
        first &= ~other.first
        for word in 0..<min(rest.count, other.rest.count) { rest[word] &= ~other.rest[word] }
    }

    @inline(always)
    mutating func formIntersection(_ other: DemandSet) {
        first &= other.first
        if !rest.isEmpty { formIntersectionOfRest(other) }
    }

    @inline(never)
    private mutating func formIntersectionOfRest(_ other: DemandSet) {
        for word in rest.indices { rest[word] &= word < other.rest.count ? other.rest[word] : 0 }
    }

    @inline(always)
    mutating func removeAll() {
        first = 0
        if !rest.isEmpty { removeRest() }
    }

    @inline(never)
    private mutating func removeRest() {
        for word in rest.indices { rest[word] = 0 }
    }

    /// The first that is not before the given one.
    @inline(always)
    func first(from demand: Int32) -> Int32? {
        if demand < 64 {
            let bits = first & ~(Self.bit(demand) - 1)
            if bits != 0 { return Int32(bits.trailingZeroBitCount) }
        }
        return rest.isEmpty ? nil : firstFar(from: max(demand, 64))
    }

    private func firstFar(from demand: Int32) -> Int32? {
        var word = Int(demand) >> 6
        guard word <= rest.count else { return nil }
        var bits = rest[word - 1] & ~(Self.bit(demand) - 1)
        while bits == 0 {
            word += 1
            guard word <= rest.count else { return nil }
            bits = rest[word - 1]
        }
        return Int32(word << 6 + bits.trailingZeroBitCount)
    }

    @inline(always)
    private static func bit(_ demand: Int32) -> UInt64 { 1 &<< UInt64(demand & 63) }
}
