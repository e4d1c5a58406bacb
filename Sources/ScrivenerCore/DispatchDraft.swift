// What the shell needs to put orders into bytes: the machine's orders carry numbers only, and an agent
// is told texts and payloads. The texts are in memory; the payloads lie in the journal, and a draft
// says where.

package import ScrivenerModel

/// Attempts for one worker, on their way to become a message.
package struct DispatchDraft: Sendable {
    /// What one message may take.
    package struct Limits: Sendable {
        /// Texts and payloads, in bytes.
        package var bytes: Int
        package var inputs: Int

        package init(bytes: Int, inputs: Int) {
            self.bytes = bytes
            self.inputs = inputs
        }
    }

    /// What something takes in a message.
    package struct Size: Sendable, Equatable {
        package var bytes = 0
        package var inputs = 0

        func fits(_ limits: Limits) -> Bool {
            bytes <= limits.bytes && inputs <= limits.inputs
        }
    }

    /// What came of adding an attempt.
    package enum Addition: Sendable, Equatable {
        case added
        /// The attempt is over already: there is nothing to tell.
        case over
        /// It fits into another message, but not any more into this one.
        case full
        /// No message can hold it.
        case oversize(Size)
    }

    package private(set) var columns = DispatchColumns()
    /// The inputs' payloads, in the order of their table.
    package private(set) var inputPayloads: [PayloadHandle] = []
    /// For each attempt its description and parameters, which lie together, and then its checkpoint,
    /// if there is one.
    package private(set) var taskPayloads: [PayloadHandle] = []
    private var size = Size()
    private var sessions: Set<Int64> = []
    private var typePlaces: [String: Int32] = [:]
    private var inputPlaces: [Input: Int32] = [:]

    /// A task whose result is an input.
    private struct Input: Hashable {
        var session: Int64
        var task: Int32
    }

    package init() {}

    package var isEmpty: Bool { columns.count == 0 }

    package mutating func reserveCapacity(_ count: Int) {
        columns.sessionNumbers.reserveCapacity(count)
        columns.tasks.reserveCapacity(count)
        columns.attempts.reserveCapacity(count)
        columns.agentIndices.reserveCapacity(count)
        columns.timeouts.reserveCapacity(count)
        columns.idLengths.reserveCapacity(count)
        columns.ids.reserveCapacity(16 * count)
        columns.taskTypes.reserveCapacity(count)
        columns.descriptionLengths.reserveCapacity(count)
        columns.parameterLengths.reserveCapacity(count)
        taskPayloads.reserveCapacity(count)
    }

    fileprivate mutating func add(
        _ order: DispatchOrder, of session: inout Session, _ limits: Limits
    ) -> Addition {
        let task = Int(order.attempt.task)
        guard task >= 0, task < session.graph.count,
            session.graph.liveExecution(of: task, attempt: order.attempt.attempt) != nil
        else { return .over }
        let inputs = session.graph.completedInputs(of: task)
        let checkpoint = session.graph.checkpoints[order.attempt.task]
        let own = Self.size(of: task, inputs, checkpoint, in: &session)
        guard own.fits(limits) else { return .oversize(own) }
        let together = Size(bytes: size.bytes + own.bytes, inputs: size.inputs + own.inputs)
        guard isEmpty || together.fits(limits) else { return .full }
        size = together
        append(order)
        appendTask(task, checkpoint, of: &session)
        appendInputs(inputs, of: &session)
        return .added
    }

    // MARK: Columns

    private mutating func append(_ order: DispatchOrder) {
        let row = columns.count
        columns.number = order.number
        Self.append(order.timeout.nanoseconds, to: &columns.timeouts, row)
        Self.append(order.progressTimeout.nanoseconds, to: &columns.progressTimeouts, row)
        Self.append(order.isExclusive ? 1 : 0, to: &columns.exclusive, row)
        Self.append(order.isAtMostOnce ? 1 : 0, to: &columns.atMostOnce, row)
        Self.append(order.slots == 1 ? 0 : order.slots, to: &columns.slots, row)
        columns.sessionNumbers.append(order.attempt.session)
        columns.tasks.append(order.attempt.task)
        columns.attempts.append(order.attempt.attempt)
        columns.agentIndices.append(order.agentIndex)
    }

    private mutating func appendTask(
        _ task: Int, _ checkpoint: PayloadHandle?, of session: inout Session
    ) {
        let row = columns.count - 1
        // Neighbours are mostly of one session.
        if columns.sessions.last?.number != session.number,
            sessions.insert(session.number).inserted
        {
            columns.sessions.append(
                DispatchSession(
                    number: session.number, sessionID: session.sessionID, query: session.query,
                    trace: session.trace?.context))
        }
        columns.idLengths.append(session.graph.ids.append(task, to: &columns.ids))
        columns.taskTypes.append(place(of: session.graph.taskClass(task).taskType))
        let texts = session.graph.specification(of: task)
        Self.append(
            Int32(clamping: texts.description.length), to: &columns.descriptionLengths, row)
        Self.append(Int32(clamping: texts.parameters.length), to: &columns.parameterLengths, row)
        taskPayloads.append(
            PayloadHandle(
                row: texts.description.row, offset: texts.description.offset,
                length: texts.description.length + texts.parameters.length))
        Self.append(
            Int32(clamping: checkpoint?.length ?? 0), to: &columns.checkpointLengths, row)
        if let checkpoint, checkpoint.length > 0 { taskPayloads.append(checkpoint) }
    }

    private mutating func appendInputs(_ inputs: [Int32], of session: inout Session) {
        Self.append(Int32(clamping: inputs.count), to: &columns.inputCounts, columns.count - 1)
        for task in inputs {
            let key = Input(session: session.number, task: task)
            if let place = inputPlaces[key] {
                columns.inputIndices.append(place)
                continue
            }
            let place = Int32(clamping: inputPayloads.count)
            let payload = session.graph.result(of: Int(task))?.payload
            inputPlaces[key] = place
            columns.inputIndices.append(place)
            columns.inputIDLengths.append(
                session.graph.ids.append(Int(task), to: &columns.inputIDs))
            columns.inputTypes.append(
                self.place(of: session.graph.taskClass(Int(task)).taskType))
            columns.inputPayloadLengths.append(Int32(clamping: payload?.length ?? 0))
            inputPayloads.append(payload ?? PayloadHandle(row: 0, offset: 0, length: 0))
        }
    }

    private mutating func place(of type: String) -> Int32 {
        // Neighbours mostly have the same type.
        if let last = columns.types.last, last == type {
            return Int32(clamping: columns.types.count - 1)
        }
        if let place = typePlaces[type] { return place }
        let place = Int32(clamping: columns.types.count)
        typePlaces[type] = place
        columns.types.append(type)
        return place
    }

    /// Into a column that is empty as long as every value is zero.
    private static func append<Value: FixedWidthInteger>(
        _ value: Value, to column: inout [Value], _ row: Int
    ) {
        if column.isEmpty {
            guard value != 0 else { return }
            column.append(contentsOf: repeatElement(0, count: row))
        }
        column.append(value)
    }

    /// What a task takes in a message, with room for the columns' own bytes.
    private static func size(
        of task: Int, _ inputs: [Int32], _ checkpoint: PayloadHandle?, in session: inout Session
    ) -> Size {
        let texts = session.graph.specification(of: task)
        var bytes =
            session.graph.ids.length(of: task)
            + session.graph.taskClass(task).taskType.utf8.count
            + Int(texts.description.length) + Int(texts.parameters.length)
            + Int(checkpoint?.length ?? 0)
            + session.sessionID.utf8.count + session.query.utf8.count
            + (session.trace == nil ? 256 : 256 + TraceContext.maximumBytes)
        for input in inputs.lazy.map(Int.init) {
            bytes +=
                session.graph.ids.length(of: input)
                + session.graph.taskClass(input).taskType.utf8.count
                + Int(session.graph.result(of: input)?.payload.length ?? 0) + 64
        }
        return Size(bytes: bytes, inputs: inputs.count)
    }
}

extension OrchestratorCore {
    /// Adds what an attempt that is about to start is to be told.
    ///
    /// Changes nothing of the machine. `mutating` because it would be copied otherwise, whole, by
    /// whoever holds it in a class.
    package mutating func add(
        _ order: DispatchOrder, to draft: inout DispatchDraft, _ limits: DispatchDraft.Limits
    ) -> DispatchDraft.Addition {
        sessions.look(at: order.attempt.session) { session in
            draft.add(order, of: &session, limits)
        } ?? .over
    }
}

extension TaskGraph {
    /// The tasks whose results a task gets.
    fileprivate mutating func completedInputs(of task: Int) -> [Int32] {
        guard !dependencies(of: task).isEmpty else { return [] }
        return inputs(of: task).filter { result(of: Int($0)) != nil }
    }
}

// MARK: As values

/// An attempt's task, as its agent is to see it: a row of a draft, for those who look at one.
package struct DispatchSpecification: Sendable, Equatable {
    package var session: DispatchSession
    package var taskID: String
    package var taskType: String
    package var description: PayloadHandle
    package var parameters: PayloadHandle
    package var inputs: [InputSpecification]
    /// What the attempt before this one kept.
    package var checkpoint: PayloadHandle?
}

/// A dependency's result, as the dependant's agent is to see it.
package struct InputSpecification: Sendable, Equatable {
    package var taskID: String
    package var taskType: String
    package var payload: PayloadHandle
}

extension DispatchDraft {
    /// Its rows, in order.
    package var specifications: [DispatchSpecification] {
        let sessions = Dictionary(uniqueKeysWithValues: columns.sessions.map { ($0.number, $0) })
        let inputs = inputSpecifications
        var payloads = taskPayloads[...]
        var idStart = 0
        var inputStart = 0
        return (0..<columns.count).compactMap { row in
            guard let session = sessions[columns.sessionNumbers[row]],
                let texts = payloads.popFirst()
            else { return nil }
            let idEnd = idStart + Int(columns.idLengths[row])
            let inputEnd = inputStart + Int(Self.value(columns.inputCounts, row))
            defer { (idStart, inputStart) = (idEnd, inputEnd) }
            let described = UInt32(Self.value(columns.descriptionLengths, row))
            return DispatchSpecification(
                session: session,
                taskID: String(decoding: columns.ids[idStart..<idEnd], as: UTF8.self),
                taskType: columns.types[Int(columns.taskTypes[row])],
                description: PayloadHandle(
                    row: texts.row, offset: texts.offset, length: described),
                parameters: PayloadHandle(
                    row: texts.row, offset: texts.offset + described,
                    length: texts.length - described),
                inputs: columns.inputIndices[inputStart..<inputEnd].map { inputs[Int($0)] },
                checkpoint: Self.value(columns.checkpointLengths, row) == 0
                    ? nil : payloads.popFirst())
        }
    }

    private var inputSpecifications: [InputSpecification] {
        var start = 0
        return inputPayloads.indices.map { place in
            let end = start + Int(columns.inputIDLengths[place])
            defer { start = end }
            return InputSpecification(
                taskID: String(decoding: columns.inputIDs[start..<end], as: UTF8.self),
                taskType: columns.types[Int(columns.inputTypes[place])],
                payload: inputPayloads[place])
        }
    }

    private static func value(_ column: [Int32], _ row: Int) -> Int32 {
        column.isEmpty ? 0 : column[row]
    }
}
