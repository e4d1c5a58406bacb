// What is known of agents on workers, whether they are registered or not. Workers and agents are
// numbered in order and a worker has few agents, so a look at its agents is quicker than a hash.

import ScrivenerModel

/// A value for some agents on workers.
struct AgentTable<Value: Sendable>: Sendable {
    /// An agent on a worker, by their numbers in the journal.
    typealias Key = CircuitBreakers.Key

    private struct Row: Sendable {
        var agents: [Int32] = []
        var values: [Value] = []
    }

    private var rows: [Row] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// All that have a value, in order.
    var keys: [Key] {
        rows.indices.flatMap { worker in
            rows[worker].agents.sorted().map { Key(worker: Int32(worker), agent: $0) }
        }
    }

    subscript(key: Key) -> Value? {
        guard let place = place(of: key) else { return nil }
        return rows[Int(key.worker)].values[place]
    }

    /// The value of an agent that has one, or that is given the default for it.
    subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
        get { self[key] ?? value() }
        _modify {
            let place = place(of: key) ?? add(value(), key)
            yield &rows[Int(key.worker)].values[place]
        }
    }

    func contains(_ key: Key) -> Bool { place(of: key) != nil }

    private func place(of key: Key) -> Int? {
        let worker = Int(key.worker)
        guard worker < rows.count else { return nil }
        return rows[worker].agents.firstIndex(of: key.agent)
    }

    private mutating func add(_ value: Value, _ key: Key) -> Int {
        while rows.count <= key.worker { rows.append(Row()) }
        rows[Int(key.worker)].agents.append(key.agent)
        rows[Int(key.worker)].values.append(value)
        count += 1
        return rows[Int(key.worker)].values.count - 1
    }

    mutating func removeAll(where isUnwanted: (Key, Value) -> Bool) {
        for worker in rows.indices where !rows[worker].agents.isEmpty {
            var kept = Row()
            for (agent, value) in zip(rows[worker].agents, rows[worker].values)
            where !isUnwanted(Key(worker: Int32(worker), agent: agent), value) {
                kept.agents.append(agent)
                kept.values.append(value)
            }
            count -= rows[worker].agents.count - kept.agents.count
            rows[worker] = kept
        }
    }
}
