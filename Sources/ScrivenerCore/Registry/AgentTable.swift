// What is known of agents on workers, whether they are registered or not. Workers and agents are
// numbered in order and a worker has few agents, so a look at its agents is quicker than a hash.
//
// The agents of all workers lie in one array, and each names the next of its worker: an array for
// each worker would have to be found unshared as well, with every end of an attempt.

import ScrivenerModel

/// A value for some agents on workers.
struct AgentTable<Value: Sendable>: Sendable {
    /// An agent on a worker, by their numbers in the journal.
    typealias Key = CircuitBreakers.Key

    private struct Entry: Sendable {
        let key: Key
        /// Where the worker's next agent stands, or -1.
        var next: Int32 = -1
        var value: Value
    }

    private var entries: [Entry] = []
    /// By worker: where the first of its agents stands, or -1.
    private var firsts: [Int32] = []

    var count: Int { entries.count }

    var isEmpty: Bool { entries.isEmpty }

    /// All that have a value, in order.
    var keys: [Key] {
        entries.lazy.map(\.key).sorted { ($0.worker, $0.agent) < ($1.worker, $1.agent) }
    }

    subscript(key: Key) -> Value? {
        @inline(always) get {
            guard let place = place(of: key) else { return nil }
            return entries[place].value
        }
    }

    /// The value of an agent that has one, or that is given the default for it.
    subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
        get { self[key] ?? value() }
        @inline(always) _modify {
            let place = place(of: key) ?? add(value(), key)
            yield &entries[place].value
        }
    }

    /// Changes the value of an agent that has one.
    ///
    /// - Returns: whether it has.
    @inline(always)
    mutating func change(_ key: Key, _ body: (inout Value) -> Void) -> Bool {
        guard let place = place(of: key) else { return false }
        body(&entries[place].value)
        return true
    }

    @inline(always)
    func contains(_ key: Key) -> Bool { place(of: key) != nil }

    @inline(always)
    private func place(of key: Key) -> Int? {
        guard Int(key.worker) < firsts.count else { return nil }
        var place = Int(firsts[Int(key.worker)])
        while place >= 0 {
            if entries[place].key.agent == key.agent { return place }
            place = Int(entries[place].next)
        }
        return nil
    }

    private mutating func add(_ value: Value, _ key: Key) -> Int {
        while firsts.count <= key.worker { firsts.append(-1) }
        let place = entries.count
        entries.append(
            Entry(key: key, next: firsts[Int(key.worker)], value: value))
        firsts[Int(key.worker)] = Int32(place)
        return place
    }

    mutating func removeAll(where isUnwanted: (Key, Value) -> Bool) {
        let old = entries
        entries.removeAll(keepingCapacity: true)
        firsts = []
        for entry in old where !isUnwanted(entry.key, entry.value) {
            _ = add(entry.value, entry.key)
        }
    }
}
