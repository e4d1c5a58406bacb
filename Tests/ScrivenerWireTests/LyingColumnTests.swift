// Columns that do not say the truth: lengths that add up to something else, columns of different
// lengths, places outside their table, numbers outside their range. Each is a bug in some worker,
// or an attack; none may start work, lose work or end the process.

import ScrivenerModel
import Testing

@testable import ScrivenerWire

@Suite struct LyingColumnTests {
    private func dispatchError(_ change: (inout ProtoDispatch) -> Void) -> WireError? {
        var envelope = ProtoCoordinatorEnvelope()
        envelope.dispatch = ProtoDispatch(Samples.dispatch)
        change(&envelope.dispatch)
        let bytes = WireCodec.bytes(of: envelope)
        return #expect(throws: WireError.self) { try WireCodec.decode(coordinator: bytes) }
    }

    private func resultsError(_ change: (inout ProtoResults) -> Void) -> WireError? {
        var envelope = ProtoWorkerEnvelope()
        envelope.results = ProtoResults(Samples.results)
        change(&envelope.results)
        let bytes = WireCodec.bytes(of: envelope)
        return #expect(throws: WireError.self) { try WireCodec.decode(worker: bytes) }
    }

    private func heartbeatError(_ change: (inout ProtoHeartbeat) -> Void) -> WireError? {
        var envelope = ProtoWorkerEnvelope()
        envelope.heartbeat = ProtoHeartbeat(Samples.heartbeat)
        change(&envelope.heartbeat)
        let bytes = WireCodec.bytes(of: envelope)
        return #expect(throws: WireError.self) { try WireCodec.decode(worker: bytes) }
    }

    private func outputError(_ change: (inout ProtoOutput) -> Void) -> WireError? {
        var envelope = ProtoWorkerEnvelope()
        envelope.output = ProtoOutput(epoch: 9, Samples.output)
        change(&envelope.output)
        return #expect(throws: WireError.self) {
            try WireCodec.decode(worker: WireCodec.bytes(of: envelope))
        }
    }

    private func checkpointsError(_ change: (inout ProtoCheckpoints) -> Void) -> WireError? {
        var envelope = ProtoWorkerEnvelope()
        envelope.checkpoints = ProtoCheckpoints(epoch: 9, Samples.checkpoints)
        change(&envelope.checkpoints)
        let bytes = WireCodec.bytes(of: envelope)
        return #expect(throws: WireError.self) { try WireCodec.decode(worker: bytes) }
    }

    private func registerError(_ change: (inout ProtoRegister) -> Void) -> WireError? {
        var envelope = ProtoWorkerEnvelope()
        envelope.register = ProtoRegister(Samples.registration)
        change(&envelope.register)
        let bytes = WireCodec.bytes(of: envelope)
        return #expect(throws: WireError.self) { try WireCodec.decode(worker: bytes) }
    }

    /// A length beyond the arena would read a neighbour's bytes, or none of ours.
    @Test func lengthsBeyondTheArenaAreRefused() {
        #expect(
            dispatchError { $0.parameterLengths[0] += 1_000 }
                == .lengthsDisagree(field: "parameters[0]", available: 19, claimed: 1_011))
        #expect(resultsError { $0.findingsLengths[0] += 1_000 }?.code == "lengths_disagree")
        #expect(heartbeatError { $0.progressMessageLengths[0] += 1 }?.code == "lengths_disagree")
        #expect(
            dispatchError { $0.checkpointLengths[1] += 1 }
                == .lengthsDisagree(field: "checkpoints[1]", available: 3, claimed: 4))
        #expect(checkpointsError { $0.lengths[0] += 1 }?.code == "lengths_disagree")
        #expect(outputError { $0.lengths[1] += 1 }?.code == "lengths_disagree")
        #expect(
            heartbeatError { $0.health.messageLengths[0] += 1 }
                == .lengthsDisagree(field: "health.messages[0]", available: 5, claimed: 6))
    }

    /// Bytes that nobody claims mean that the two sides disagree about the layout.
    @Test func bytesLeftOverAreRefused() {
        #expect(dispatchError { $0.arenaBytes += [0x20] }?.code == "lengths_disagree")
        #expect(resultsError { $0.arenaBytes += [0x20] }?.code == "lengths_disagree")
        #expect(heartbeatError { $0.progressArenaBytes += [0x20] }?.code == "lengths_disagree")
        #expect(heartbeatError { $0.health.arenaBytes += [0x20] }?.code == "lengths_disagree")
        #expect(checkpointsError { $0.arenaBytes += [0x20] }?.code == "lengths_disagree")
        #expect(outputError { $0.arenaBytes += [0x20] }?.code == "lengths_disagree")
        #expect(
            dispatchError { $0.inputIndices.append(0) }
                == .lengthsDisagree(field: "input_indices", available: 4, claimed: 3))
    }

    /// A column that is shorter than the others would shift every later item.
    @Test func columnsOfDifferentLengthAreRefused() {
        let shortened: [(inout ProtoDispatch) -> Void] = [
            { $0.attempts.tasks.removeLast() }, { $0.attempts.attempts.append(1) },
            { $0.agentIndices.removeLast() }, { $0.timeoutNanoseconds.append(0) },
            { $0.taskIDLengths.removeLast() }, { $0.taskTypes.removeLast() },
            { $0.descriptionLengths.removeLast() }, { $0.parameterLengths.append(0) },
            { $0.inputCounts.removeLast() }, { $0.sessionIDLengths.removeLast() },
            { $0.queryLengths.removeLast() }, { $0.inputTypes.removeLast() },
            { $0.inputPayloadLengths.append(0) }, { $0.exclusive.removeLast() },
            { $0.progressTimeoutNanoseconds.append(0) }, { $0.slots.append(0) },
            { $0.checkpointLengths.removeLast() }, { $0.sessionTraceparents = [""] },
            { $0.sessionTracestates = [""] },
        ]
        for change in shortened { #expect(dispatchError(change)?.code == "columns_differ") }
        let results: [(inout ProtoResults) -> Void] = [
            { $0.attempts.tasks.removeLast() }, { $0.runTimeNanoseconds = [] },
            { $0.payloadLengths.removeLast() }, { $0.findingsLengths.append(0) },
            { $0.usageLengths.removeLast() }, { $0.failureLengths.removeLast() },
            { $0.proposedTasksLengths.append(0) },
        ]
        for change in results { #expect(resultsError(change)?.code == "columns_differ") }
        #expect(heartbeatError { $0.progressPermille = [] }?.code == "columns_differ")
        #expect(heartbeatError { $0.health.states = [] }?.code == "columns_differ")
        #expect(heartbeatError { $0.health.messageLengths.append(0) }?.code == "columns_differ")
        #expect(checkpointsError { $0.lengths.append(0) }?.code == "columns_differ")
        #expect(outputError { $0.lengths.append(0) }?.code == "columns_differ")
        #expect(outputError { $0.dropped.append(0) }?.code == "columns_differ")
        #expect(
            registerError { $0.resourceAmounts = [1] }
                == .columnsDiffer(field: "resource_amounts", expected: 2, actual: 1))
        #expect(
            registerError { $0.running.tasks = [] }
                == .columnsDiffer(field: "running", expected: 1, actual: 0))
    }

    /// A place outside its table must not be looked up.
    @Test func placesOutsideTheirTableAreRefused() {
        #expect(
            dispatchError { $0.taskTypes[1] = 2 }
                == .indexOutsideTable(field: "task_types[1]", count: 2, actual: 2))
        #expect(dispatchError { $0.taskTypes[0] = -1 }?.code == "index_outside_table")
        #expect(dispatchError { $0.inputTypes[0] = .max }?.code == "index_outside_table")
        #expect(dispatchError { $0.inputIndices[0] = 2 }?.code == "index_outside_table")
        #expect(dispatchError { $0.inputIndices[0] = .min }?.code == "index_outside_table")
        #expect(
            dispatchError { $0.attempts.sessions[0] = 5 }
                == .indexOutsideTable(field: "attempts.sessions[0]", count: 2, actual: 5))
    }

    /// Negative lengths and sums beyond 32 bits are how arithmetic is made to trap.
    @Test func negativeAndHugeNumbersAreRefused() {
        let negative: [(inout ProtoDispatch) -> Void] = [
            { $0.epoch = -1 }, { $0.typeLengths[0] = -1 }, { $0.sessionNumbers[0] = 0 },
            { $0.taskIDLengths[0] = .min }, { $0.agentIndices[0] = -1 },
            { $0.timeoutNanoseconds[0] = -1 }, { $0.inputCounts[0] = -1 },
            { $0.attempts.sessions[0] = 0 }, { $0.attempts.tasks[0] = -1 },
            { $0.attempts.attempts[0] = 0 }, { $0.parameterLengths[0] = -5 },
            { $0.progressTimeoutNanoseconds[0] = -1 }, { $0.slots[0] = -1 },
            { $0.slots[0] = .max }, { $0.checkpointLengths[0] = -1 },
        ]
        for change in negative { #expect(dispatchError(change)?.code == "out_of_range") }
        #expect(dispatchError { $0.taskIDLengths[0] = .max }?.code == "too_large")
        #expect(dispatchError { $0.inputCounts[0] = .max }?.code == "lengths_disagree")
        #expect(resultsError { $0.runTimeNanoseconds[0] = -1 }?.code == "out_of_range")
        #expect(resultsError { $0.usageLengths[0] = .min }?.code == "out_of_range")
        #expect(resultsError { $0.payloadLengths[0] = .max }?.code == "too_large")
        #expect(heartbeatError { $0.sequence = -1 }?.code == "out_of_range")
        #expect(heartbeatError { $0.held = -1 }?.code == "out_of_range")
        #expect(heartbeatError { $0.memoryBytes = -1 }?.code == "out_of_range")
        #expect(heartbeatError { $0.processorLoadPermille = 1_001 }?.code == "out_of_range")
        #expect(heartbeatError { $0.progressPermille[0] = 1_001 }?.code == "out_of_range")
        #expect(heartbeatError { $0.health.states[0] = 0 }?.code == "out_of_range")
        #expect(heartbeatError { $0.health.states[0] = -1 }?.code == "out_of_range")
        #expect(checkpointsError { $0.epoch = -1 }?.code == "out_of_range")
        #expect(outputError { $0.epoch = -1 }?.code == "out_of_range")
        #expect(outputError { $0.lengths[0] = -1 }?.code == "out_of_range")
        #expect(outputError { $0.dropped[0] = -1 }?.code == "out_of_range")
        #expect(checkpointsError { $0.lengths[0] = .min }?.code == "out_of_range")
    }

    /// A registration decides where work goes: no slots, or a range of versions that is none,
    /// would be a worker that takes work and never starts it.
    @Test func registrationsThatMakeNoSenseAreRefused() {
        #expect(registerError { $0.workerID = "" } == .empty(field: "worker_id"))
        for id in ["pool/", "/w", "pool/w/1", "pool/..", "pool/w 1", "pööl/w"] {
            #expect(
                registerError { $0.workerID = id }
                    == .outOfRange(
                        field: "worker_id", allowed: "name, pool/name", actual: id))
        }
        #expect(registerError { $0.agents[1].name = "" } == .empty(field: "agents.name[1]"))
        #expect(
            registerError { $0.agents[0].slots = 0 }
                == .outOfRange(field: "agents.slots[0]", allowed: "1…10000", actual: "0"))
        #expect(registerError { $0.incarnation = -1 }?.code == "out_of_range")
        #expect(registerError { $0.processID = -1 }?.code == "out_of_range")
        #expect(registerError { $0.minimumProtocolVersion = 0 }?.code == "out_of_range")
        #expect(registerError { $0.minimumProtocolVersion = 2 }?.code == "out_of_range")
        #expect(registerError { $0.maximumProtocolVersion = -1 }?.code == "out_of_range")
    }

    /// Numbers of dispatches below zero would say that nothing was taken, or take a place before the first.
    @Test func numbersOfDispatchesBelowZeroAreRefused() {
        #expect(
            dispatchError { $0.number = -1 }
                == .outOfRange(field: "number", allowed: "0…\(Int64.max)", actual: "-1"))
        #expect(
            registerError { $0.taken.epoch = -1 }
                == .outOfRange(field: "taken.epoch", allowed: "0…\(Int64.max)", actual: "-1"))
        #expect(
            registerError { $0.taken.number = .min }
                == .outOfRange(
                    field: "taken.number", allowed: "0…\(Int64.max)", actual: "\(Int64.min)"))
    }

    /// A worker's key or token is good for one pool: what it says of itself has to be of one piece.
    @Test func aWorkerIsOfThePoolThatItsIDHas() {
        #expect(
            registerError { $0.pool = "other" }
                == .outOfRange(field: "pool", allowed: "pool", actual: "other"))
        #expect(
            registerError { $0.pool = "" }
                == .outOfRange(field: "pool", allowed: "pool", actual: ""))
        #expect(
            registerError { $0.workerID = "w-1" }
                == .outOfRange(field: "pool", allowed: "", actual: "pool"))
    }

    /// Health of an agent that is not there, or two opinions on one, would send work to a dead agent
    /// or keep it from a sound one.
    @Test func healthThatMakesNoSenseIsRefused() {
        #expect(
            registerError { $0.health.agentIndices[1] = 2 }
                == .indexOutsideTable(field: "health.agent_indices[1]", count: 2, actual: 2))
        #expect(
            registerError { $0.health.agentIndices[1] = 0 }
                == .repeated(field: "health.agent_indices[1]", value: "0"))
        // A heartbeat does not say how many agents there are; there is a limit for all workers.
        #expect(
            heartbeatError { $0.health.agentIndices[0] = 256 }?.code == "index_outside_table")
        #expect(heartbeatError { $0.health.agentIndices[0] = -1 }?.code == "index_outside_table")
        #expect(heartbeatError { $0.health.agentIndices[0] = 0 }?.code == "repeated")
    }

    /// Two amounts of one resource: whichever were taken, tasks would be promised what is not there.
    @Test func resourcesThatMakeNoSenseAreRefused() {
        #expect(
            registerError { $0.resourceNames[1] = "memory_mib" }
                == .repeated(field: "resource_names[1]", value: "memory_mib"))
        #expect(registerError { $0.resourceNames[0] = "" } == .empty(field: "resource_names[0]"))
        #expect(
            registerError { $0.resourceAmounts[1] = -1 }
                == .outOfRange(
                    field: "resource_amounts[1]", allowed: "0…\(Int64.max)", actual: "-1"))
    }

    /// Text that is not UTF-8 would fail later, in a log or in somebody's JSON.
    @Test func invalidTextIsRefused() {
        // The session's id is the first after the two types.
        #expect(
            dispatchError { $0.arenaBytes[Int($0.typeLengths[0] + $0.typeLengths[1])] = 0xFF }
                == .invalidUTF8(field: "session_ids[0]"))
        #expect(heartbeatError { $0.progressArenaBytes[0] = 0xC0 }?.code == "invalid_utf8")
        #expect(heartbeatError { $0.health.arenaBytes[0] = 0xC0 }?.code == "invalid_utf8")
        #expect(outputError { $0.arenaBytes[0] = 0xC0 }?.code == "invalid_utf8")
        // An introduction of a string field: envelope, register, field 1, one byte.
        #expect(throws: WireError.invalidUTF8(field: "agentscrivener.wire.v1.WorkerEnvelope")) {
            try WireCodec.decode(worker: [0x0A, 0x03, 0x0A, 0x01, 0xFF])
        }
    }

    /// A payload that is not JSON would fail every task that depends on it.
    @Test func payloadsThatAreNotJSONAreRefused() {
        let error = resultsError { $0.arenaBytes[0] = UInt8(ascii: "}") }
        #expect(
            error
                == .invalidJSON(field: "payloads[0]", reason: "unexpected character", offset: 0))
        // One byte short: what is left is no value.
        let parameters = dispatchError { $0.parameterLengths = [10, 1] }
        #expect(parameters?.field == "parameters[0]")
        #expect(parameters?.code == "invalid_json")
    }

    /// NaN compares with nothing, and would poison every average that progress shows.
    @Test func confidencesOutsideTheirRangeAreRefused() throws {
        for bad in [Double.nan, .infinity, -.infinity, -0.001, 1.001, .greatestFiniteMagnitude] {
            var inSource = Samples.findings
            inSource.sources[0].confidence = bad
            var inInsight = Samples.findings
            inInsight.insights[0].confidenceScore = bad
            var inDocument = Samples.findings
            inDocument.document?.qualityScore = bad
            for findings in [inSource, inInsight, inDocument] {
                let bytes = WireCodec.encode(findings: findings)
                let error = #expect(throws: WireError.self) {
                    try WireCodec.decode(findings: bytes)
                }
                #expect(error?.code == "out_of_range")
            }
        }
        var citations = Samples.findings
        citations.citations[0].uses = -1
        #expect(throws: WireError.self) { try WireCodec.check(citations) }
    }

    /// A class decides whether a task is tried again: one that we do not know is no class.
    @Test func failuresWithoutAKnownClassAreRefused() {
        for rawValue in [0, 7, -1] {
            var failure = ProtoFailure(Samples.failure)
            failure.failureClass =
                ProtoFailureClass(rawValue: rawValue) ?? .unspecified
            let bytes = WireCodec.bytes(of: failure)
            #expect(
                throws: WireError.outOfRange(
                    field: "failure.failure_class", allowed: "1…6", actual: "\(rawValue)")
            ) { try WireCodec.decode(failure: bytes) }
        }
    }
}
