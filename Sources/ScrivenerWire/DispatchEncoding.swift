// A dispatch to columns. `DispatchDecoding.swift` is the way back; the order in which strings enter
// the arena is the same in both, and is the one that the schema gives.

import ScrivenerModel

extension ProtoDispatch {
    init(_ batch: DispatchBatch) {
        self.init()
        epoch = batch.epoch
        number = batch.number
        var types = TypeTableBuilder()
        var inputs = InputTableBuilder()
        setReferences(batch.items, &types, &inputs)
        inputTypes = inputs.inputs.map { types.place(of: $0.taskType) }

        var arena = ArenaWriter()
        typeLengths = types.types.map { arena.append($0) }
        setSessions(batch.sessions, &arena)
        setInputs(inputs.inputs, &arena)
        setItems(batch.items, &arena)
        arenaBytes = arena.bytes
    }

    // A column is built aside and set once: appending to a field of a generated message copies it.

    /// The columns that need no arena, and with them the tables.
    private mutating func setReferences(
        _ items: [DispatchItem], _ types: inout TypeTableBuilder,
        _ inputs: inout InputTableBuilder
    ) {
        guard !items.isEmpty else { return }
        attempts = ProtoAttempts(items.lazy.map { $0.attempt })
        agentIndices = items.map { $0.agentIndex }
        timeoutNanoseconds = items.map { $0.timeout.nanoseconds }.unlessAllZero
        progressTimeoutNanoseconds = items.map { $0.progressTimeout.nanoseconds }.unlessAllZero
        exclusive = items.map { $0.isExclusive }.unlessAllFalse
        atMostOnce = items.map { $0.isAtMostOnce }.unlessAllFalse
        slots = items.map { $0.slots == 1 ? 0 : $0.slots }.unlessAllZero
        taskTypes = items.map { types.place(of: $0.taskType) }
        inputCounts = items.map { Int32(clamping: $0.inputs.count) }.unlessAllZero
        inputIndices = items.flatMap { item in item.inputs.map { inputs.place(of: $0) } }
    }

    private mutating func setSessions(_ sessions: [DispatchSession], _ arena: inout ArenaWriter) {
        var ids: [Int32] = []
        var queries: [Int32] = []
        for session in sessions {
            ids.append(arena.append(session.sessionID))
            queries.append(arena.append(session.query))
        }
        sessionNumbers = sessions.map { $0.number }
        sessionIDLengths = ids
        queryLengths = queries.unlessAllZero
        sessionTraceparents = sessions.map { $0.trace?.traceparent ?? "" }.unlessAllEmpty
        sessionTracestates = sessions.map { $0.trace?.tracestate ?? "" }.unlessAllEmpty
    }

    private mutating func setInputs(_ inputs: [DispatchInput], _ arena: inout ArenaWriter) {
        var ids: [Int32] = []
        var payloads: [Int32] = []
        for input in inputs {
            ids.append(arena.append(input.taskID))
            payloads.append(arena.append(input.payload, unless: .null))
        }
        inputTaskIDLengths = ids
        inputPayloadLengths = payloads.unlessAllZero
    }

    private mutating func setItems(_ items: [DispatchItem], _ arena: inout ArenaWriter) {
        var ids: [Int32] = []
        var descriptions: [Int32] = []
        var parameters: [Int32] = []
        var checkpoints: [Int32] = []
        for item in items {
            ids.append(arena.append(item.taskID))
            descriptions.append(arena.append(item.description))
            parameters.append(arena.append(item.parameters, unless: .emptyObject))
            checkpoints.append(item.checkpoint.map { arena.append($0) } ?? 0)
        }
        taskIDLengths = ids
        descriptionLengths = descriptions.unlessAllZero
        parameterLengths = parameters.unlessAllZero
        checkpointLengths = checkpoints.unlessAllZero
    }
}
