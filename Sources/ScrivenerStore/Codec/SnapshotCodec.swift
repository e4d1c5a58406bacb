// An ended session as bytes, in two parts that can be read each without the other: the session,
// which is what a list of sessions shows, and its tasks, which may be a hundred thousand.

package import ScrivenerCore
package import ScrivenerModel

/// The tasks of an archived session, and the numbers of those that are over in the order in which they
/// ended.
package struct ArchivedTasks: Equatable {
    package var tasks: [TaskSnapshot]
    package var endOrder: [Int32]

    package init(tasks: [TaskSnapshot], endOrder: [Int32]) {
        self.tasks = tasks
        self.endOrder = endOrder
    }
}

extension SessionSnapshot {
    var archived: ArchivedTasks { ArchivedTasks(tasks: tasks, endOrder: endOrder) }
}

/// Turns archived sessions into bytes and back.
package enum SnapshotCodec {
    /// The format that both parts are written in, and the only one that is read.
    package static let format: UInt8 = 4

    package static func encode(_ session: ResearchSession) -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(format)
        writer.session(session)
        return writer.bytes
    }

    package static func decodeSession(
        _ bytes: [UInt8]
    ) throws(JournalDecodingError) -> ResearchSession {
        try read(bytes) { reader throws(JournalDecodingError) in try reader.session() }
    }

    package static func encode(_ archive: ArchivedTasks) -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(format)
        writer.tasks(archive.tasks)
        writer.count(archive.endOrder.count)
        writer.deltaColumn(archive.endOrder)
        let reused = archive.tasks.indices.filter { archive.tasks[$0].isReused }
        writer.count(reused.count)
        writer.deltaColumn(reused.lazy.map { Int64($0) })
        return writer.bytes
    }

    package static func decodeTasks(
        _ bytes: [UInt8]
    ) throws(JournalDecodingError) -> ArchivedTasks {
        try read(bytes) { reader throws(JournalDecodingError) in
            var tasks = try reader.tasks()
            let order = try reader.deltaColumn(try reader.count(), of: Int32.self)
            var seen = [Bool](repeating: false, count: tasks.count)
            for task in order {
                guard tasks.indices.contains(Int(task)), !seen[Int(task)] else {
                    throw reader.error(
                        .inconsistent("the order of ends names no task, or one twice"))
                }
                seen[Int(task)] = true
            }
            for task in try reader.deltaColumn(try reader.count(), of: Int64.self) {
                guard let task = Int(exactly: task), tasks.indices.contains(task) else {
                    throw reader.error(.inconsistent("a reused result is of no task"))
                }
                tasks[task].isReused = true
            }
            return ArchivedTasks(tasks: tasks, endOrder: order)
        }
    }

    private static func read<Value>(
        _ bytes: [UInt8],
        _ body: (inout ByteReader) throws(JournalDecodingError) -> Value
    ) throws(JournalDecodingError) -> Value {
        try ByteReader.read(bytes) { reader throws(JournalDecodingError) in
            let format = try reader.byte()
            guard format == Self.format else { throw reader.error(.format(format)) }
            let value = try body(&reader)
            try reader.finish()
            return value
        }
    }
}

extension ByteWriter {
    fileprivate mutating func session(_ session: ResearchSession) {
        string(session.sessionID)
        string(session.query)
        coded(session.status)
        coded(session.sessionState)
        transitions(session.statusTransitions)
        transitions(session.stateTransitions)
        signed(session.submittedAt.millisecondsSince1970)
        flag(session.endedAt != nil)
        if let ended = session.endedAt { signed(ended.millisecondsSince1970) }
        string(session.reason)
        string(session.rerunOf)
        string(session.traceparent)
        progress(session.progress)
    }

    private mutating func transitions<State: JournalCoded>(_ transitions: [Transition<State>]) {
        count(transitions.count)
        for transition in transitions { coded(transition.to) }
        deltaColumn(transitions.lazy.map(\.at.millisecondsSince1970))
    }

    private mutating func progress(_ progress: ProgressReport) {
        string(progress.sessionID)
        coded(progress.status)
        coded(progress.currentState)
        double(progress.progressPercentage)
        signed(Int64(progress.completedTasks))
        signed(Int64(progress.totalTasks))
        // In order, so that equal sessions have equal bytes.
        let statuses = progress.tasksByStatus.sorted { $0.key < $1.key }
        count(statuses.count)
        stringColumn(statuses.map(\.key))
        signedColumn(statuses.lazy.map { Int64($0.value) })
        currentTasks(progress.currentTasks)
        flag(progress.secondsLeft != nil)
        if let left = progress.secondsLeft { estimate(left) }
        signed(Int64(progress.sourcesFound))
        signed(Int64(progress.insightsGenerated))
        flag(progress.hasFinalDocument)
        signed(progress.revision)
    }

    private mutating func currentTasks(_ tasks: [CurrentTask]) {
        count(tasks.count)
        for task in tasks {
            string(task.taskID)
            flag(task.progress != nil)
            if let progress = task.progress { double(progress) }
            string(task.message)
        }
    }

    private mutating func estimate(_ estimate: Estimate) {
        double(estimate.expected)
        double(estimate.low)
        double(estimate.high)
    }
}

extension ByteReader {
    fileprivate mutating func session() throws(JournalDecodingError) -> ResearchSession {
        ResearchSession(
            sessionID: try string(), query: try string(), status: try coded(),
            sessionState: try coded(), statusTransitions: try transitions(),
            stateTransitions: try transitions(), submittedAt: try wallTime(),
            endedAt: try flag() ? try wallTime() : nil, reason: try optionalString(),
            rerunOf: try optionalString(), traceparent: try optionalString(),
            progress: try progress())
    }

    private mutating func wallTime() throws(JournalDecodingError) -> WallTime {
        WallTime(millisecondsSince1970: try signed())
    }

    private mutating func transitions<State: JournalCoded>() throws(JournalDecodingError)
        -> [Transition<State>]
    {
        let codes = try byteColumn(try count())
        let times = try deltaColumn(codes.count, of: Int64.self)
        var transitions: [Transition<State>] = []
        for (code, time) in zip(codes, times) {
            transitions.append(
                Transition(
                    to: try self.case(code), at: WallTime(millisecondsSince1970: time)))
        }
        return transitions
    }

    private mutating func progress() throws(JournalDecodingError) -> ProgressReport {
        ProgressReport(
            sessionID: try string(), status: try coded(), currentState: try coded(),
            progressPercentage: try double(), completedTasks: try integer(),
            totalTasks: try integer(), tasksByStatus: try tasksByStatus(),
            currentTasks: try currentTasks(),
            secondsLeft: try flag() ? try estimate() : nil, sourcesFound: try integer(),
            insightsGenerated: try integer(), hasFinalDocument: try flag(),
            revision: try signed())
    }

    private mutating func currentTasks() throws(JournalDecodingError) -> [CurrentTask] {
        var tasks: [CurrentTask] = []
        for _ in 0..<(try count()) {
            tasks.append(
                CurrentTask(
                    taskID: try string(), progress: try flag() ? try double() : nil,
                    message: try optionalString()))
        }
        return tasks
    }

    private mutating func estimate() throws(JournalDecodingError) -> Estimate {
        Estimate(expected: try double(), low: try double(), high: try double())
    }

    private mutating func tasksByStatus() throws(JournalDecodingError) -> [String: Int] {
        let names = try stringColumn(try count())
        let counts = try signedColumn(names.count, of: Int.self)
        var result: [String: Int] = [:]
        for (name, count) in zip(names, counts) {
            guard result.updateValue(count, forKey: name) == nil else {
                throw error(.inconsistent("a status is counted twice"))
            }
        }
        return result
    }
}
