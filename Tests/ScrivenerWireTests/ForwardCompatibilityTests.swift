// A worker and a coordinator of different ages meet during every upgrade.

import ScrivenerModel
import Testing

@testable import ScrivenerWire

@Suite struct ForwardCompatibilityTests {
    /// Field 1,000 of the envelope, two bytes long: what a newer version might add.
    private let unknownField: [UInt8] = [0xC2, 0x3E, 0x02, 0x01, 0x02]

    /// A field that a newer peer adds must not cost us the message.
    @Test func unknownFieldsAreIgnored() throws {
        for message in Samples.fromWorker {
            let bytes = WireCodec.encode(message)
            #expect(try WireCodec.decode(worker: bytes + unknownField) == message)
            #expect(try WireCodec.decode(worker: unknownField + bytes) == message)
        }
        for message in Samples.fromCoordinator {
            let bytes = WireCodec.encode(message)
            #expect(try WireCodec.decode(coordinator: bytes + unknownField) == message)
        }
    }

    /// The same inside a message: a heartbeat with a number that we do not know.
    @Test func unknownFieldsInsideAMessageAreIgnored() throws {
        // Envelope field 2, length 5: epoch 9, then field 100 = 1.
        let bytes: [UInt8] = [0x12, 0x05, 0x08, 0x09, 0xA0, 0x06, 0x01]
        #expect(
            try WireCodec.decode(worker: bytes)
                == .heartbeat(WorkerHeartbeat(epoch: 9, sequence: 0, held: 0)))
    }

    /// A message that only a newer peer knows has to be refused by name, not taken for another.
    @Test func unknownMessagesAreRefused() {
        #expect(throws: WireError.unknownMessage) { try WireCodec.decode(worker: []) }
        #expect(throws: WireError.unknownMessage) { try WireCodec.decode(coordinator: []) }
        #expect(throws: WireError.unknownMessage) {
            try WireCodec.decode(worker: unknownField)
        }
        #expect(throws: WireError.unknownMessage) {
            try WireCodec.decode(coordinator: unknownField)
        }
    }

    /// A refusal must be heard even when its code is newer than the worker.
    @Test func anUnknownErrorCodeIsAProtocolError() throws {
        var envelope = ProtoCoordinatorEnvelope()
        envelope.refused.code = "from_the_future"
        envelope.refused.reason = "why"
        envelope.refused.isFinal = true
        let bytes = WireCodec.bytes(of: envelope)
        #expect(
            try WireCodec.decode(coordinator: bytes)
                == .refused(code: .protocolError, reason: "why", isFinal: true))
    }

    /// A kind of source that we do not know is still a source.
    @Test func anUnknownSourceKindIsSomeOther() throws {
        var findings = ProtoFindings(Samples.findings)
        findings.sources[0].kind = .UNRECOGNIZED(99)
        let decoded = try WireCodec.decode(findings: WireCodec.bytes(of: findings))
        #expect(decoded.sources[0].kind == .other)
    }

    /// A newer worker says of an agent what we have no word for: it keeps its lease, and gets no work
    /// for that agent.
    @Test func anUnknownHealthIsAFailedAgent() throws {
        for number in [Int32(5), 256, .max] {
            var envelope = ProtoWorkerEnvelope()
            envelope.heartbeat = ProtoHeartbeat(Samples.heartbeat)
            envelope.heartbeat.health.states[1] = number
            var expected = Samples.heartbeat
            expected.health[1].state = .failed
            #expect(
                try WireCodec.decode(worker: WireCodec.bytes(of: envelope)) == .heartbeat(expected))
        }
    }

    /// A coordinator that knows nothing of slots, checkpoints and exclusive attempts: its items take
    /// one slot, start afresh and run on.
    @Test func anOlderDispatchMeansOrdinaryAttempts() throws {
        var envelope = ProtoCoordinatorEnvelope()
        var batch = ProtoDispatch()
        batch.epoch = 9
        batch.typeLengths = [4]
        batch.sessionNumbers = [1]
        batch.sessionIDLengths = [1]
        batch.attempts = ProtoAttempts([Samples.first])
        batch.agentIndices = [0]
        batch.taskIDLengths = [1]
        batch.taskTypes = [0]
        batch.arenaBytes = Array("workst".utf8)
        envelope.dispatch = batch
        let item = DispatchItem(
            attempt: Samples.first, agentIndex: 0, timeout: .zero, progressTimeout: .zero,
            isExclusive: false, slots: 1, checkpoint: nil, taskID: "t", taskType: "work",
            description: "", parameters: .emptyObject, inputs: [])
        #expect(
            try WireCodec.decode(coordinator: WireCodec.bytes(of: envelope))
                == .dispatch(
                    DispatchBatch(
                        epoch: 9, sessions: [DispatchSession(number: 1, sessionID: "s", query: "")],
                        items: [item])))
    }

    /// A coordinator that takes no output does not say that it does: it would refuse the message.
    @Test func anOlderWelcomeTakesNoOutput() throws {
        var envelope = ProtoCoordinatorEnvelope()
        envelope.welcome.protocolVersion = 1
        let decoded = try WireCodec.decode(coordinator: WireCodec.bytes(of: envelope))
        guard case .welcome(let welcome) = decoded else {
            Issue.record("\(decoded)")
            return
        }
        #expect(!welcome.takesOutput)
    }

    /// A worker that does not count its dispatches says nothing of them: that is not the same as to say that it
    /// took none. And an older coordinator's welcome answers any registration.
    @Test func whatIsNotSaidOfDispatchesIsNotKnown() throws {
        var fromWorker = ProtoWorkerEnvelope()
        fromWorker.register = ProtoRegister(Samples.registration)
        fromWorker.register.clearTaken()
        var expected = Samples.registration
        expected.taken = nil
        #expect(
            try WireCodec.decode(worker: WireCodec.bytes(of: fromWorker)) == .register(expected))
        var fromCoordinator = ProtoCoordinatorEnvelope(.welcome(Samples.welcome))
        fromCoordinator.welcome.registrationNumber = 0
        var welcome = Samples.welcome
        welcome.registrationNumber = 0
        #expect(
            try WireCodec.decode(coordinator: WireCodec.bytes(of: fromCoordinator))
                == .welcome(welcome))
    }

    /// A minimal worker in another language leaves out every column that it has nothing for.
    @Test func columnsThatMayBeLeftOutMayBeLeftOut() throws {
        var envelope = ProtoWorkerEnvelope()
        envelope.results.epoch = 9
        envelope.results.attempts = ProtoAttempts([Samples.first])
        envelope.results.runTimeNanoseconds = [5]
        let item = AttemptResult(
            attempt: Samples.first, runTime: TimeSpan(nanoseconds: 5), result: AgentResult())
        #expect(
            try WireCodec.decode(worker: WireCodec.bytes(of: envelope))
                == .results(ResultBatch(epoch: 9, items: [item])))
    }
}
