// The tasks of an archived session in columns. Worker ids, agents and task types recur in every
// row, so they stand once in a table of strings, and rows have their numbers in it.

import ScrivenerCore
import ScrivenerModel

/// Strings that recur, by number. Number 0 stands for none.
private struct StringTable {
    private(set) var strings: [String] = []
    private var numbers: [String: UInt32] = [:]

    /// A column of them, as numbers.
    mutating func column(_ count: Int, _ each: ((String?) -> Void) -> Void) -> [UInt32] {
        var column: [UInt32] = []
        column.reserveCapacity(count)
        // Neighbours are mostly equal.
        var last: (string: String?, number: UInt32) = (nil, 0)
        each { string in
            if string != last.string { last = (string, number(of: string)) }
            column.append(last.number)
        }
        return column
    }

    private mutating func number(of string: String?) -> UInt32 {
        guard let string else { return 0 }
        if let number = numbers[string] { return number }
        strings.append(string)
        let number = UInt32(strings.count)
        numbers[string] = number
        return number
    }
}

extension [TaskSnapshot] {
    /// Calls `body` with each attempt at each task, where it lies: many columns are made of them, and
    /// an attempt holds texts, each of which a copy would count.
    fileprivate func forEachExecution(_ body: (borrowing ExecutionSnapshot) -> Void) {
        for task in indices {
            for execution in self[task].executions.indices {
                body(self[task].executions[execution])
            }
        }
    }

    /// A column of something about each attempt.
    fileprivate func executions<Value>(
        _ count: Int, _ value: (borrowing ExecutionSnapshot) -> Value
    ) -> [Value] {
        var column: [Value] = []
        column.reserveCapacity(count)
        forEachExecution { column.append(value($0)) }
        return column
    }
}

extension ByteWriter {
    mutating func tasks(_ tasks: [TaskSnapshot]) {
        let executions = tasks.reduce(0) { $0 + $1.executions.count }
        var table = StringTable()
        let types = table.column(tasks.count) { add in
            for task in tasks.indices { add(tasks[task].taskType) }
        }
        let assigned = table.column(tasks.count) { add in
            for task in tasks.indices { add(tasks[task].assignedAgent) }
        }
        let workers = table.column(executions) { add in
            tasks.forEachExecution { add($0.workerID) }
        }
        let agents = table.column(executions) { add in
            tasks.forEachExecution { add($0.agent) }
        }

        count(table.strings.count)
        stringColumn(table.strings)
        count(tasks.count)
        stringColumn(tasks.map(\.taskID))
        unsignedColumn(types)
        unsignedColumn(assigned)
        for task in tasks.indices { coded(tasks[task].status) }
        rows(tasks.map(\.dependencies))
        signedColumn(tasks.lazy.map(\.priority))
        rows(tasks.map(\.missingDependencies))
        signedColumn(tasks.lazy.map { $0.addedBy ?? -1 })
        for task in tasks.indices { count(tasks[task].executions.count) }
        unsignedColumn(workers)
        unsignedColumn(agents)
        self.executions(of: tasks, executions)
    }

    private mutating func rows(_ rows: [[Int32]]) {
        for row in rows { count(row.count) }
        deltaColumn(rows.lazy.joined())
    }

    private mutating func executions(of tasks: [TaskSnapshot], _ count: Int) {
        signedColumn(tasks.executions(count) { $0.attempt })
        tasks.forEachExecution { coded($0.outcome) }
        byteColumn(tasks.executions(count) { $0.failureClass?.journalCode ?? 0 })
        byteColumn(tasks.executions(count) { ExecutionShape($0).rawValue })
        deltaColumn(tasks.executions(count) { $0.dispatchedAt.millisecondsSince1970 })
        signedColumn(tasks.executions(count) { $0.runTime.nanoseconds })
        var predictor = HandlePredictor()
        tasks.forEachExecution { execution in
            if let ended = execution.endedAt?.millisecondsSince1970 {
                signed(ended &- execution.dispatchedAt.millisecondsSince1970)
            }
            if let record = execution.record { predictor.write(record, to: &self) }
        }
    }
}

extension ByteReader {
    mutating func tasks() throws(JournalDecodingError) -> [TaskSnapshot] {
        let strings = try stringColumn(try count())
        let count = try count()
        let ids = try stringColumn(count)
        let types = try unsignedColumn(count)
        let assigned = try unsignedColumn(count)
        let statuses = try byteColumn(count)
        let dependencies = try rows(count)
        let priorities = try signedColumn(count, of: Int32.self)
        let missing = try rows(count)
        let adders = try signedColumn(count, of: Int32.self)
        let executionCounts = try unsignedColumn(count)
        let executions = try executions(try total(of: executionCounts), strings: strings)

        var tasks: [TaskSnapshot] = []
        var execution = 0
        for index in 0..<count {
            // The total was held against the columns, so this range lies within them.
            let nextExecution = execution + Int(executionCounts[index])
            tasks.append(
                TaskSnapshot(
                    taskID: ids[index], taskType: try string(types[index], in: strings),
                    status: try self.case(statuses[index]),
                    assignedAgent: assigned[index] == 0
                        ? nil : try string(assigned[index], in: strings),
                    dependencies: dependencies[index], priority: priorities[index],
                    missingDependencies: missing[index],
                    addedBy: adders[index] < 0 ? nil : adders[index],
                    executions: Array(executions[execution..<nextExecution])))
            execution = nextExecution
        }
        return tasks
    }

    /// As many rows of numbers as there are tasks: the lengths of all rows, then the numbers.
    private mutating func rows(_ count: Int) throws(JournalDecodingError) -> [[Int32]] {
        let lengths = try unsignedColumn(count)
        let numbers = try deltaColumn(try total(of: lengths), of: Int32.self)
        var rows: [[Int32]] = []
        var start = 0
        for length in lengths {
            let end = start + Int(length)
            rows.append(Array(numbers[start..<end]))
            start = end
        }
        return rows
    }

    private mutating func executions(
        _ count: Int, strings: [String]
    ) throws(JournalDecodingError) -> [ExecutionSnapshot] {
        let workers = try unsignedColumn(count)
        let agents = try unsignedColumn(count)
        let attempts = try signedColumn(count, of: Int32.self)
        let outcomes = try byteColumn(count)
        let failures = try byteColumn(count)
        let shapes = try byteColumn(count)
        let dispatched = try deltaColumn(count, of: Int64.self)
        let runTimes = try signedColumn(count, of: Int64.self)
        var predictor = HandlePredictor()
        var executions: [ExecutionSnapshot] = []
        for index in 0..<count {
            let shape = ExecutionShape(rawValue: shapes[index])
            guard shape.isSubset(of: [.ended, .record, .hedge, .fallback]) else {
                throw error(.unknownCase(of: "ExecutionShape", UInt64(shape.rawValue)))
            }
            var ended: WallTime?
            if shape.contains(.ended) {
                ended = WallTime(millisecondsSince1970: dispatched[index] &+ (try signed()))
            }
            executions.append(
                ExecutionSnapshot(
                    attempt: attempts[index], workerID: try string(workers[index], in: strings),
                    agent: try string(agents[index], in: strings),
                    outcome: try self.case(outcomes[index]),
                    failureClass: failures[index] == 0 ? nil : try self.case(failures[index]),
                    dispatchedAt: WallTime(millisecondsSince1970: dispatched[index]),
                    endedAt: ended, runTime: TimeSpan(nanoseconds: runTimes[index]),
                    isHedge: shape.contains(.hedge), isFallback: shape.contains(.fallback),
                    record: shape.contains(.record) ? try predictor.read(from: &self) : nil))
        }
        return executions
    }

    private func string(
        _ number: UInt32, in strings: [String]
    ) throws(JournalDecodingError) -> String {
        guard number > 0, number <= strings.count else {
            throw error(.inconsistent("a string is not in the table"))
        }
        return strings[Int(number) - 1]
    }

    /// Fewer than 2³² counts of less than 2³² each: the sum fits.
    private func total(of counts: [UInt32]) throws(JournalDecodingError) -> Int {
        let total = counts.reduce(UInt64(0)) { $0 + UInt64($1) }
        guard total <= UInt64(remaining) else { throw error(.count) }
        return Int(total)
    }
}

/// Which of its optional parts an execution has.
private struct ExecutionShape: OptionSet {
    var rawValue: UInt8

    static let ended = ExecutionShape(rawValue: 1)
    static let record = ExecutionShape(rawValue: 2)
    static let hedge = ExecutionShape(rawValue: 4)
    static let fallback = ExecutionShape(rawValue: 8)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ execution: borrowing ExecutionSnapshot) {
        self = []
        if execution.endedAt != nil { insert(.ended) }
        if execution.record != nil { insert(.record) }
        if execution.isHedge { insert(.hedge) }
        if execution.isFallback { insert(.fallback) }
    }
}
