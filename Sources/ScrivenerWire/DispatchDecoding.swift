// Columns to a dispatch. Tables are read before the items that point into them, in the order in
// which they lie in the arena.

import ScrivenerModel

extension ProtoDispatch {
    func model(_ limits: WireLimits) throws(WireError) -> DispatchBatch {
        let epoch = try checked(epoch: self.epoch)
        try Check.natural(number, "number")
        var arena = ArenaReader(arenaBytes)
        let types = Table(try readTypes(&arena, limits))
        let sessions = try readSessions(&arena, limits)
        let inputs = Table(try readInputs(&arena, types, limits))
        let items = try readItems(&arena, types, inputs, limits)
        try arena.finish("arena")
        try checkSessions(of: items, against: sessions)
        return DispatchBatch(epoch: epoch, number: number, sessions: sessions, items: items)
    }

    // MARK: Tables

    private func readTypes(
        _ arena: inout ArenaReader, _ limits: WireLimits
    ) throws(WireError) -> [String] {
        // Inputs bring types of their own.
        try Check.size(
            typeLengths.count, limit: limits.batchItems + limits.batchInputs, "type_lengths")
        var types: [String] = []
        types.reserveCapacity(typeLengths.count)
        for (row, length) in typeLengths.enumerated() {
            types.append(
                try arena.text(
                    length, limit: limits.identifierBytes, WireField("types", row: row)))
        }
        return types
    }

    private func readSessions(
        _ arena: inout ArenaReader, _ limits: WireLimits
    ) throws(WireError) -> [DispatchSession] {
        let rows = sessionNumbers.count
        try Check.size(rows, limit: limits.batchItems, "session_numbers")
        let ids = try Column(sessionIDLengths, rows: rows, "session_id_lengths")
        let queries = try Column(optional: queryLengths, rows: rows, "query_lengths")
        let parents = try Column(
            optional: sessionTraceparents, rows: rows, "session_traceparents")
        let states = try Column(optional: sessionTracestates, rows: rows, "session_tracestates")
        var sessions: [DispatchSession] = []
        sessions.reserveCapacity(rows)
        for (row, number) in sessionNumbers.enumerated() {
            try Check.range(number, in: 1...Int64.max, WireField("session_numbers", row: row))
            let id = try arena.name(
                ids[row], limit: limits.identifierBytes, WireField("session_ids", row: row))
            let query = try arena.text(
                queries[row], limit: limits.textBytes, WireField("queries", row: row))
            let trace =
                parents[row].isEmpty
                ? nil : TraceContext(traceparent: parents[row], tracestate: states[row])
            sessions.append(
                DispatchSession(number: number, sessionID: id, query: query, trace: trace))
        }
        return sessions
    }

    private func readInputs(
        _ arena: inout ArenaReader, _ types: Table<String>, _ limits: WireLimits
    ) throws(WireError) -> [DispatchInput] {
        let rows = inputTaskIDLengths.count
        try Check.size(rows, limit: limits.batchInputs, "input_task_id_lengths")
        let typePlaces = try Column(inputTypes, rows: rows, "input_types")
        let payloads = try Column(
            optional: inputPayloadLengths, rows: rows, "input_payload_lengths")
        var inputs: [DispatchInput] = []
        inputs.reserveCapacity(rows)
        for (row, length) in inputTaskIDLengths.enumerated() {
            let id = try arena.name(
                length, limit: limits.identifierBytes, WireField("input_task_ids", row: row))
            let type = try types.row(typePlaces[row], WireField("input_types", row: row))
            let payload = try arena.json(
                payloads[row], absent: .null, limit: limits.resultBytes,
                WireField("input_payloads", row: row))
            inputs.append(DispatchInput(taskID: id, taskType: type, payload: payload))
        }
        return inputs
    }

    // MARK: Items

    private func readItems(
        _ arena: inout ArenaReader, _ types: Table<String>, _ inputs: Table<DispatchInput>,
        _ limits: WireLimits
    ) throws(WireError) -> [DispatchItem] {
        let attempts = try self.attempts.references(limit: limits.batchItems, "attempts")
        let columns = try ItemColumns(self, rows: attempts.count, limits)
        var inputCursor = InputCursor(places: inputIndices)
        var items: [DispatchItem] = []
        items.reserveCapacity(attempts.count)
        for (row, attempt) in attempts.enumerated() {
            var item = try columns.item(row, attempt, &arena, types, limits)
            item.inputs = try inputCursor.next(columns.inputCounts[row], from: inputs, row)
            items.append(item)
        }
        try inputCursor.finish()
        return items
    }

    /// A worker has nothing to tell an agent of a session that the batch does not describe.
    private func checkSessions(
        of items: [DispatchItem], against sessions: [DispatchSession]
    ) throws(WireError) {
        let known = Set(sessions.lazy.map(\.number))
        for (row, item) in items.enumerated() where !known.contains(item.attempt.session) {
            throw .indexOutsideTable(
                field: WireField("attempts.sessions", row: row).text, count: sessions.count,
                actual: Int(item.attempt.session))
        }
    }
}

/// The columns of the items, checked to be of one length.
private struct ItemColumns {
    let agents: Column<Int32>
    let timeouts: Column<Int64>
    let progressTimeouts: Column<Int64>
    let exclusive: Column<Bool>
    let atMostOnce: Column<Bool>
    let slots: Column<Int32>
    let taskIDs: Column<Int32>
    let types: Column<Int32>
    let descriptions: Column<Int32>
    let parameters: Column<Int32>
    let checkpoints: Column<Int32>
    let inputCounts: Column<Int32>

    init(_ batch: ProtoDispatch, rows: Int, _ limits: WireLimits) throws(WireError) {
        agents = try Column(batch.agentIndices, rows: rows, "agent_indices")
        timeouts = try Column(
            optional: batch.timeoutNanoseconds, rows: rows, "timeout_nanoseconds")
        progressTimeouts = try Column(
            optional: batch.progressTimeoutNanoseconds, rows: rows,
            "progress_timeout_nanoseconds")
        exclusive = try Column(optional: batch.exclusive, rows: rows, "exclusive")
        atMostOnce = try Column(optional: batch.atMostOnce, rows: rows, "at_most_once")
        slots = try Column(optional: batch.slots, rows: rows, "slots")
        taskIDs = try Column(batch.taskIDLengths, rows: rows, "task_id_lengths")
        types = try Column(batch.taskTypes, rows: rows, "task_types")
        descriptions = try Column(
            optional: batch.descriptionLengths, rows: rows, "description_lengths")
        parameters = try Column(
            optional: batch.parameterLengths, rows: rows, "parameter_lengths")
        checkpoints = try Column(
            optional: batch.checkpointLengths, rows: rows, "checkpoint_lengths")
        inputCounts = try Column(optional: batch.inputCounts, rows: rows, "input_counts")
        try Check.size(batch.inputIndices.count, limit: limits.batchInputs, "input_indices")
    }

    /// One item without its inputs. Cuts its parts off the arena, in the order that the schema
    /// gives.
    func item(
        _ row: Int, _ attempt: AttemptReference, _ arena: inout ArenaReader,
        _ types: Table<String>, _ limits: WireLimits
    ) throws(WireError) -> DispatchItem {
        try checkNumbers(row, limits)
        let id = try arena.name(
            taskIDs[row], limit: limits.identifierBytes, WireField("task_ids", row: row))
        let description = try arena.text(
            descriptions[row], limit: limits.textBytes, WireField("descriptions", row: row))
        let parameters = try arena.json(
            self.parameters[row], absent: .emptyObject, limit: limits.parameterBytes,
            WireField("parameters", row: row))
        let checkpoint = try arena.part(
            checkpoints[row], limit: limits.checkpointBytes, WireField("checkpoints", row: row))
        return DispatchItem(
            attempt: attempt, agentIndex: agents[row],
            timeout: TimeSpan(nanoseconds: timeouts[row]),
            progressTimeout: TimeSpan(nanoseconds: progressTimeouts[row]),
            isExclusive: exclusive[row], isAtMostOnce: atMostOnce[row],
            slots: max(1, slots[row]),
            checkpoint: checkpoint.isEmpty ? nil : checkpoint, taskID: id,
            taskType: try types.row(self.types[row], WireField("task_types", row: row)),
            description: description, parameters: parameters, inputs: [])
    }

    private func checkNumbers(_ row: Int, _ limits: WireLimits) throws(WireError) {
        try Check.natural(agents[row], WireField("agent_indices", row: row))
        try Check.natural(timeouts[row], WireField("timeout_nanoseconds", row: row))
        try Check.natural(
            progressTimeouts[row], WireField("progress_timeout_nanoseconds", row: row))
        try Check.range(
            slots[row], in: 0...limits.slotsPerAgent, WireField("slots", row: row))
    }
}

/// Deals the flat column of input places out to the items, in order.
private struct InputCursor {
    let places: [Int32]
    private var position = 0

    init(places: [Int32]) { self.places = places }

    mutating func next(
        _ count: Int32, from inputs: Table<DispatchInput>, _ row: Int
    ) throws(WireError) -> [DispatchInput] {
        guard count != 0 else { return [] }
        let field = WireField("input_counts", row: row)
        try Check.natural(count, field)
        let available = places.count - position
        guard Int(count) <= available else {
            throw .lengthsDisagree(field: field.text, available: available, claimed: Int(count))
        }
        var taken: [DispatchInput] = []
        taken.reserveCapacity(Int(count))
        for place in places[position..<position + Int(count)] {
            taken.append(try inputs.row(place, WireField("input_indices", row: row)))
        }
        position += Int(count)
        return taken
    }

    func finish() throws(WireError) {
        guard position == places.count else {
            throw .lengthsDisagree(
                field: "input_indices", available: places.count, claimed: position)
        }
    }
}
