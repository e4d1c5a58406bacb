// What is known of agents on workers, whether they are registered or not. Workers and agents are
// numbered in order and a worker has few agents, so a look at its agents is quicker than a hash.

import ScrivenerModel

/// A value for some agents on workers.
struct AgentTable<Value: Sendable>: Sendable {
    /// An agent on a worker, by their numbers in the journal.
    typealias Key = CircuitBreakers.Key

    private struct Entry: Sendable {
        var agent: Int32
        var value: Value
    }

    /// By worker.
    private var rows: [[Entry]] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// All that have a value, in order.
    var keys: [Key] {
        rows.indices.flatMap { worker in
            rows[worker].map(\.agent).sorted().map { Key(worker: Int32(worker), agent: $0) }
        }
    }

    subscript(key: Key) -> Value? {
        @inline(always) get {
            guard let place = place(of: key) else { return nil }
            return rows[Int(key.worker)][place].value
        }
    }

    /// The value of an agent that has one, or that is given the default for it.
    subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
        get { self[key] ?? value() }
        @inline(always) _modify {
            let place = place(of: key) ?? add(value(), key)
            yield &rows[Int(key.worker)][place].value
        }
    }

    /// Changes the value of an agent that has one.
    ///
    /// - Returns: whether it has.
    @inline(always)
    mutating func change(_ key: Key, _ body: (inout Value) -> Void) -> Bool {
        guard let place = place(of: key) else { return false }
        body(&rows[Int(key.worker)][place].value)
        return true
    }

    @inline(always)
    func contains(_ key: Key) -> Bool { place(of: key) != nil }

    @inline(always)
    private func place(of key: Key) -> Int? {
        let worker = Int(key.worker)
        guard worker < rows.count else { return nil }
        for place in rows[worker].indices where rows[worker][place].agent == key.agent {
            return place
        }
        return nil
    }

    private mutating func add(_ value: Value, _ key: Key) -> Int {
        while rows.count <= key.worker { rows.append([]) }
        rows[Int(key.worker)].append(Entry(agent: key.agent, value: value))
        count += 1
        return rows[Int(key.worker)].count - 1
    }

    mutating func removeAll(where isUnwanted: (Key, Value) -> Bool) {
        for worker in rows.indices where !rows[worker].isEmpty {
            let before = rows[worker].count
            rows[worker].removeAll {
                isUnwanted(Key(worker: Int32(worker), agent: $0.agent), $0.value)
            }
            count -= before - rows[worker].count
        }
    }
}
