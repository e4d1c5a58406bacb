// Dispatches that were never values: the same bytes as those of a message that was.

import ScrivenerModel
import Testing

@testable import ScrivenerWire

@Suite struct DispatchColumnsTests {
    private static let dispatches =
        (Samples.fromCoordinator + Samples.emptyFromCoordinator + Samples.extremeFromCoordinator)
        .compactMap { message -> DispatchBatch? in
            if case .dispatch(let batch) = message { batch } else { nil }
        } + [many, Samples.traced]

    /// Enough for lengths and numbers of several bytes.
    private static let many = DispatchBatch(
        epoch: 300, number: 70_000,
        sessions: [DispatchSession(number: 1, sessionID: "s", query: "q")],
        items: (0..<300).map { number in
            DispatchItem(
                attempt: AttemptReference(session: 1, task: number, attempt: 1), agentIndex: 0,
                timeout: .milliseconds(Int64(number) * 1_000), taskID: "t\(number)",
                taskType: "type-\(number % 3)", description: "",
                parameters: RawJSON("[" + String(repeating: "1,", count: Int(number)) + "1]"),
                inputs: [])
        })

    /// SwiftProtobuf's bytes are the protocol; what is written by hand must not be told from them.
    @Test(arguments: dispatches)
    func columnsAreWrittenAsTheMessageIs(_ batch: DispatchBatch) throws {
        let (columns, inputs, tasks) = Self.columns(batch)
        let bytes = inputs.withUnsafeBytes { inputs in
            tasks.withUnsafeBytes { tasks in
                WireCodec.encode(columns, epoch: batch.epoch, inputs: inputs, tasks: tasks)
            }
        }
        #expect(bytes == WireCodec.encode(.dispatch(batch)))
        #expect(try WireCodec.decode(coordinator: bytes) == .dispatch(batch))
    }

    private static func columns(
        _ batch: DispatchBatch
    ) -> (DispatchColumns, inputs: [UInt8], tasks: [UInt8]) {
        var columns = DispatchColumns()
        columns.number = batch.number
        columns.sessions = batch.sessions
        var types = TypeTableBuilder()
        var inputs = InputTableBuilder()
        var texts: [UInt8] = []
        columns.taskTypes = batch.items.map { types.place(of: $0.taskType) }
        for item in batch.items {
            columns.sessionNumbers.append(item.attempt.session)
            columns.tasks.append(item.attempt.task)
            columns.attempts.append(item.attempt.attempt)
            columns.agentIndices.append(item.agentIndex)
            columns.ids += item.taskID.utf8
            columns.idLengths.append(Int32(item.taskID.utf8.count))
            let parameters = item.parameters == .emptyObject ? [] : item.parameters.bytes
            texts += item.description.utf8 + parameters + (item.checkpoint ?? [])
            columns.descriptionLengths.append(Int32(item.description.utf8.count))
            columns.parameterLengths.append(Int32(parameters.count))
            columns.checkpointLengths.append(Int32(item.checkpoint?.count ?? 0))
            columns.inputCounts.append(Int32(item.inputs.count))
            columns.inputIndices += item.inputs.map { inputs.place(of: $0) }
        }
        columns.timeouts = batch.items.map(\.timeout.nanoseconds).unlessAllZero
        columns.progressTimeouts = batch.items.map(\.progressTimeout.nanoseconds).unlessAllZero
        columns.exclusive = batch.items.map { $0.isExclusive ? 1 : 0 }.unlessAllZero
        columns.atMostOnce = batch.items.map { $0.isAtMostOnce ? 1 : 0 }.unlessAllZero
        columns.slots = batch.items.map { $0.slots == 1 ? 0 : $0.slots }.unlessAllZero
        columns.descriptionLengths = columns.descriptionLengths.unlessAllZero
        columns.parameterLengths = columns.parameterLengths.unlessAllZero
        columns.checkpointLengths = columns.checkpointLengths.unlessAllZero
        columns.inputCounts = columns.inputCounts.unlessAllZero
        var payloads: [UInt8] = []
        for input in inputs.inputs {
            let payload = input.payload == .null ? [] : input.payload.bytes
            columns.inputIDs += input.taskID.utf8
            columns.inputIDLengths.append(Int32(input.taskID.utf8.count))
            columns.inputTypes.append(types.place(of: input.taskType))
            columns.inputPayloadLengths.append(Int32(payload.count))
            payloads += payload
        }
        columns.types = types.types
        return (columns, payloads, texts)
    }
}
