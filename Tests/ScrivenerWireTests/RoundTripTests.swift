// What is said is what is heard.

import ScrivenerModel
import Testing

@testable import ScrivenerWire

@Suite struct RoundTripTests {
    /// A field that is forgotten in one direction would be lost silently: an outbox that never
    /// empties, a timeout that never fires.
    @Test(
        arguments: Samples.fromWorker + Samples.emptyFromWorker + Samples.extremeFromWorker)
    func workerMessagesComeBack(_ message: WorkerMessage) throws {
        #expect(try WireCodec.decode(worker: WireCodec.encode(message)) == message)
    }

    /// The same for the coordinator's messages.
    @Test(
        arguments: Samples.fromCoordinator + Samples.emptyFromCoordinator
            + Samples.extremeFromCoordinator + [.dispatch(Samples.traced)])
    func coordinatorMessagesComeBack(_ message: CoordinatorMessage) throws {
        #expect(try WireCodec.decode(coordinator: WireCodec.encode(message)) == message)
    }

    /// What was submitted with a trace that nobody can read runs all the same.
    @Test func aTraceThatCannotBeReadIsPassedOver() throws {
        var envelope = ProtoCoordinatorEnvelope(.dispatch(Samples.traced))
        envelope.dispatch.sessionTraceparents[1] = "00-what-is-this-01"
        #expect(
            try WireCodec.decode(coordinator: WireCodec.bytes(of: envelope))
                == .dispatch(Samples.dispatch))
        envelope.dispatch.sessionTraceparents = []
        #expect(
            try WireCodec.decode(coordinator: WireCodec.bytes(of: envelope))
                == .dispatch(Samples.dispatch))
    }

    /// A worker without a code for what went wrong could not react to it.
    @Test(arguments: ErrorCode.allCases)
    func everyErrorCodeComesBack(_ code: ErrorCode) throws {
        let message = CoordinatorMessage.refused(code: code, reason: "r", isFinal: false)
        #expect(try WireCodec.decode(coordinator: WireCodec.encode(message)) == message)
    }

    /// A `cancelled` that became a `permanent` would be taken for a failure of the agent.
    /// That a task is poison is not an agent's to say.
    @Test(arguments: FailureClass.allCases)
    func everyFailureClassComesBack(_ failureClass: FailureClass) throws {
        var failure = AgentFailure(failureClass, code: "", message: "")
        let bytes = WireCodec.encode(failure: failure)
        if failureClass == .poison { failure.failureClass = .permanent }
        #expect(try WireCodec.decode(failure: bytes) == failure)
    }

    /// A `failed` that became a `ready` would draw work to an agent that is broken.
    @Test(arguments: AgentHealth.State.allCases)
    func everyStateOfHealthComesBack(_ state: AgentHealth.State) throws {
        let message = WorkerMessage.heartbeat(
            WorkerHeartbeat(
                epoch: 1, sequence: 1, held: 0,
                health: [AgentHealth(agentIndex: 3, state: state, message: "m")]))
        #expect(try WireCodec.decode(worker: WireCodec.encode(message)) == message)
    }

    @Test(arguments: SourceKind.allCases)
    func everySourceKindComesBack(_ kind: SourceKind) throws {
        let findings = Findings(
            sources: [Source(locator: "l", title: "t", kind: kind, confidence: 0.5)])
        #expect(try WireCodec.decode(findings: WireCodec.encode(findings: findings)) == findings)
    }

    /// The coordinator keeps these bytes in its journal; after a restart they have to say the same.
    @Test func resultRecordsComeBack() throws {
        for item in Samples.results.items {
            let result = item.result
            let annex = WireCodec.encode(annexOf: result)
            #expect(try WireCodec.decode(annex: annex, payload: result.payload) == result)
            let findings = WireCodec.encode(findings: result.findings)
            #expect(try WireCodec.decode(findings: findings) == result.findings)
            let usage = WireCodec.encode(usage: result.usage)
            #expect(try WireCodec.decode(usage: usage) == result.usage)
        }
        #expect(WireCodec.encode(annexOf: AgentResult()).isEmpty)
        #expect(WireCodec.encode(findings: Findings()).isEmpty)
    }

    /// A large result that feeds every task of a batch would otherwise be sent once for each, and
    /// the frame would be too large to send at all.
    @Test func aSharedInputCrossesOnce() throws {
        let payload = RawJSON("\"" + String(repeating: "x", count: 100_000) + "\"")
        let input = DispatchInput(taskID: "find", taskType: "search", payload: payload)
        let items = (0..<50).map { number in
            DispatchItem(
                attempt: AttemptReference(session: 1, task: number, attempt: 1), agentIndex: 0,
                timeout: .zero, taskID: "t\(number)", taskType: "analysis", description: "",
                parameters: .emptyObject, inputs: [input])
        }
        let batch = DispatchBatch(
            epoch: 1, sessions: [DispatchSession(number: 1, sessionID: "s", query: "q")],
            items: items)
        let bytes = WireCodec.encode(.dispatch(batch))
        #expect(bytes.count < 102_000)
        #expect(try WireCodec.decode(coordinator: bytes) == .dispatch(batch))
    }

    /// A checkpoint of no bytes takes the kept one back; to the next attempt it is none at all.
    @Test func anEmptyCheckpointIsNone() throws {
        var batch = Samples.dispatch
        batch.items[1].checkpoint = []
        let bytes = WireCodec.encode(.dispatch(batch))
        batch.items[1].checkpoint = nil
        #expect(try WireCodec.decode(coordinator: bytes) == .dispatch(batch))
    }

    /// Two sessions may have tasks of one id whose results differ: they must not be mixed up.
    @Test func inputsOfOneIdButDifferentPayloadsStayApart() throws {
        let inputs = ["1", "2", "1"].map {
            DispatchInput(taskID: "find", taskType: "search", payload: RawJSON($0))
        }
        var batch = Samples.dispatch
        batch.items[0].inputs = inputs
        let bytes = WireCodec.encode(.dispatch(batch))
        #expect(try WireCodec.decode(coordinator: bytes) == .dispatch(batch))
    }
}
