// The table of limits that `LimitTests` goes through.

import ScrivenerModel

@testable import ScrivenerWire

private func text(_ count: Int) -> String { String(repeating: "x", count: count) }

private func texts(_ count: Int) -> [String] { Array(repeating: "x", count: count) }

/// A JSON string of so many bytes, quotes included.
private func json(_ count: Int) -> RawJSON { RawJSON("\"" + text(count - 2) + "\"") }

private func attempts(_ count: Int) -> [AttemptReference] {
    (0..<Int32(count)).map { AttemptReference(session: 1, task: $0, attempt: 1) }
}

extension LimitCase {
    private static func worker(
        _ name: String, _ limit: @escaping @Sendable (inout WireLimits, Int) -> Void,
        _ make: @escaping @Sendable (Int) -> WorkerMessage
    ) -> LimitCase {
        LimitCase(name: name, lower: limit) { count, limits in
            let bytes = WireCodec.encode(make(count))
            _ = try WireCodec.decode(worker: bytes, limits: limits)
        }
    }

    private static func register(
        _ name: String, _ limit: @escaping @Sendable (inout WireLimits, Int) -> Void,
        _ change: @escaping @Sendable (inout WorkerRegistration, Int) -> Void
    ) -> LimitCase {
        worker(name, limit) { count in
            var registration = Samples.registration
            change(&registration, count)
            return .register(registration)
        }
    }

    private static func result(
        _ name: String, _ limit: @escaping @Sendable (inout WireLimits, Int) -> Void,
        _ change: @escaping @Sendable (inout AgentResult, Int) -> Void
    ) -> LimitCase {
        worker(name, limit) { count in
            var result = AgentResult()
            change(&result, count)
            let item = AttemptResult(attempt: Samples.first, runTime: .zero, result: result)
            return .results(ResultBatch(epoch: 1, items: [item]))
        }
    }

    private static func dispatch(
        _ name: String, _ limit: @escaping @Sendable (inout WireLimits, Int) -> Void,
        _ change: @escaping @Sendable (inout DispatchBatch, Int) -> Void
    ) -> LimitCase {
        LimitCase(name: name, lower: limit) { count, limits in
            var batch = Samples.dispatch
            change(&batch, count)
            let bytes = WireCodec.encode(.dispatch(batch))
            _ = try WireCodec.decode(coordinator: bytes, limits: limits)
        }
    }

    static let ofWorkers: [LimitCase] = [
        register("workerID", { $0.identifierBytes = $1 }) {
            $0.workerID = text($1)
            $0.pool = ""
        },
        register("pool", { $0.poolNameBytes = $1 }) {
            $0.pool = text($1)
            $0.workerID = "\($0.pool)/w"
        },
        register("host", { $0.identifierBytes = $1 }) { $0.host = text($1) },
        register("softwareVersion", { $0.identifierBytes = $1 }) { $0.softwareVersion = text($1) },
        register("journalID", { $0.identifierBytes = $1 }) { $0.journalID = text($1) },
        register("agents", { $0.agentsPerWorker = $1 }) {
            $0.agents = Array(repeating: $0.agents[0], count: $1)
        },
        register("agent name", { $0.identifierBytes = $1 }) { $0.agents[1].name = text($1) },
        register("agent version", { $0.identifierBytes = $1 }) { $0.agents[1].version = text($1) },
        register("capabilities", { $0.capabilitiesPerAgent = $1 }) {
            $0.agents[0].capabilities = texts($1)
        },
        register("capability", { $0.identifierBytes = $1 }) {
            $0.agents[0].capabilities = [text($1)]
        },
        register("tags", { $0.tagsPerAgent = $1 }) { $0.agents[0].tags = texts($1) },
        register("tag", { $0.identifierBytes = $1 }) { $0.agents[0].tags = [text($1)] },
        register("slots", { $0.slotsPerAgent = Int32($1) }) { $0.agents[0].slots = Int32($1) },
        register("running", { $0.attemptReferences = $1 }) { $0.running = attempts($1) },
        register("outbox", { $0.attemptReferences = $1 }) { $0.outbox = attempts($1) },
        register("parked journals", { $0.parkedJournals = $1 }) { registration, count in
            registration.parked = (0..<count).map {
                ParkedResults(journalID: "j\($0)", attempts: [])
            }
        },
        register("parked journal", { $0.identifierBytes = $1 }) {
            $0.parked[0].journalID = text($1)
        },
        register("parked attempts", { $0.attemptReferences = $1 }) {
            $0.parked[0].attempts = attempts($1)
        },
        register("death attempts", { $0.attemptReferences = $1 }) {
            $0.death?.attempts = attempts($1)
            $0.death?.log = []
        },
        register("death log", { $0.deathLogLines = $1 }) { registration, count in
            registration.death?.log = (0..<count).map { WorkerDeath.LogLine(text: "\($0)") }
        },
        worker("released", { $0.attemptReferences = $1 }) {
            .released(epoch: 1, attempts: attempts($0))
        },
        register("resources", { $0.resourcesPerWorker = $1 }) { registration, count in
            registration.resources = (0..<count).map {
                ResourceAmount(name: "r\($0)", amount: 1)
            }
        },
        register("resource name", { $0.identifierBytes = $1 }) {
            $0.resources[0].name = text($1)
        },
        register("health message", { $0.healthMessageBytes = $1 }) {
            $0.health[1].message = text($1)
        },
        worker("health", { $0.agentsPerWorker = $1 }) { count in
            var beat = Samples.heartbeat
            beat.health = (0..<Int32(count)).map { AgentHealth(agentIndex: $0, state: .ready) }
            return .heartbeat(beat)
        },
        worker("checkpoints", { $0.batchItems = $1 }) { count in
            .checkpoints(
                epoch: 1, attempts(count).map { AttemptCheckpoint(attempt: $0, bytes: [1]) })
        },
        worker("checkpoint", { $0.checkpointBytes = $1 }) { count in
            let bytes = [UInt8](repeating: 0, count: count)
            return .checkpoints(
                epoch: 1, [AttemptCheckpoint(attempt: Samples.first, bytes: bytes)])
        },
        worker("output", { $0.batchItems = $1 }) { count in
            .output(epoch: 1, attempts(count).map { AttemptOutput(attempt: $0, text: "o") })
        },
        worker("piece of output", { $0.textBytes = $1 }) { count in
            .output(epoch: 1, [AttemptOutput(attempt: Samples.first, text: text(count))])
        },
        worker("output of a message", { $0.outputBytes = $1 }) { count in
            .output(epoch: 1, [AttemptOutput(attempt: Samples.first, text: text(count))])
        },
        worker("progress", { $0.batchItems = $1 }) { count in
            var beat = Samples.heartbeat
            beat.progress = attempts(count).map {
                AttemptProgress(attempt: $0, permille: 1, message: "m")
            }
            return .heartbeat(beat)
        },
        worker("progress message", { $0.textBytes = $1 }) { count in
            var beat = Samples.heartbeat
            beat.progress[0].message = text(count)
            return .heartbeat(beat)
        },
        worker("results", { $0.batchItems = $1 }) { count in
            .results(
                ResultBatch(
                    epoch: 1,
                    items: attempts(count).map {
                        AttemptResult(attempt: $0, runTime: .zero, result: AgentResult())
                    }))
        },
        result("payload", { $0.resultBytes = $1 }) { $0.payload = json($1) },
        result("proposed tasks", { $0.proposedTasksBytes = $1 }) { $0.proposedTasks = json($1) },
        // Tag and length of each of the two strings are 4 bytes, the number's field 2 …
        result("findings bytes", { $0.findingsBytes = $1 }) {
            $0.findings.document = DocumentFacts(
                title: text($1 - 4), wordCount: 0, sections: [], isFinal: false)
        },
        // … and the class of a failure is 2.
        result("failure bytes", { $0.failureBytes = $1 }) {
            $0.failure = AgentFailure(.permanent, code: "", message: text($1 - 4))
        },
    ]

    static let ofCoordinators: [LimitCase] = [
        dispatch("sessions", { $0.batchItems = $1 }) { batch, count in
            batch.sessions = (1...Int64(count)).map {
                DispatchSession(number: $0, sessionID: "s", query: "")
            }
            batch.items = []
        },
        dispatch("items", { $0.batchItems = $1 }) {
            $0.items = Array(repeating: $0.items[0], count: $1)
        },
        dispatch("inputs", { $0.batchInputs = $1 }) {
            $0.items = [$0.items[0]]
            $0.items[0].inputs = Array(repeating: Samples.sharedInput, count: $1)
        },
        dispatch("session id", { $0.identifierBytes = $1 }) { $0.sessions[0].sessionID = text($1) },
        dispatch("query", { $0.textBytes = $1 }) { $0.sessions[0].query = text($1) },
        dispatch("task id", { $0.identifierBytes = $1 }) { $0.items[0].taskID = text($1) },
        dispatch("task type", { $0.identifierBytes = $1 }) { $0.items[0].taskType = text($1) },
        dispatch("description", { $0.textBytes = $1 }) { $0.items[0].description = text($1) },
        dispatch("parameters", { $0.parameterBytes = $1 }) { $0.items[0].parameters = json($1) },
        dispatch("checkpoint", { $0.checkpointBytes = $1 }) {
            $0.items[0].checkpoint = Array(repeating: 0, count: $1)
        },
        dispatch("slots of an item", { $0.slotsPerAgent = Int32($1) }) {
            $0.items[0].slots = Int32($1)
        },
        dispatch("input task id", { $0.identifierBytes = $1 }) {
            $0.items[0].inputs[0].taskID = text($1)
        },
        dispatch("input payload", { $0.resultBytes = $1 }) {
            $0.items[0].inputs[0].payload = json($1)
        },
        LimitCase(name: "stop", lower: { $0.attemptReferences = $1 }) { count, limits in
            var welcome = Samples.welcome
            welcome.stop = attempts(count)
            let bytes = WireCodec.encode(.welcome(welcome))
            _ = try WireCodec.decode(coordinator: bytes, limits: limits)
        },
        LimitCase(name: "cancel", lower: { $0.attemptReferences = $1 }) { count, limits in
            let bytes = WireCodec.encode(.cancel(epoch: 1, attempts: attempts(count)))
            _ = try WireCodec.decode(coordinator: bytes, limits: limits)
        },
        LimitCase(name: "recall", lower: { $0.attemptReferences = $1 }) { count, limits in
            let bytes = WireCodec.encode(.recall(epoch: 1, attempts: attempts(count)))
            _ = try WireCodec.decode(coordinator: bytes, limits: limits)
        },
        LimitCase(name: "committed", lower: { $0.attemptReferences = $1 }) { count, limits in
            let bytes = WireCodec.encode(.resultsCommitted(epoch: 1, attempts: attempts(count)))
            _ = try WireCodec.decode(coordinator: bytes, limits: limits)
        },
        LimitCase(name: "reason", lower: { $0.textBytes = $1 }) { count, limits in
            let bytes = WireCodec.encode(
                .refused(code: .overloaded, reason: text(count), isFinal: false))
            _ = try WireCodec.decode(coordinator: bytes, limits: limits)
        },
    ]

    // MARK: Records

    private static func findings(
        _ name: String, _ limit: @escaping @Sendable (inout WireLimits, Int) -> Void,
        _ change: @escaping @Sendable (inout Findings, Int) -> Void
    ) -> LimitCase {
        LimitCase(name: name, lower: limit) { count, limits in
            var findings = Samples.findings
            change(&findings, count)
            let bytes = WireCodec.encode(findings: findings)
            _ = try WireCodec.decode(findings: bytes, limits: limits)
        }
    }

    private static func failure(
        _ name: String, _ limit: @escaping @Sendable (inout WireLimits, Int) -> Void,
        _ change: @escaping @Sendable (inout AgentFailure, Int) -> Void
    ) -> LimitCase {
        LimitCase(name: name, lower: limit) { count, limits in
            var failure = Samples.failure
            change(&failure, count)
            let bytes = WireCodec.encode(failure: failure)
            _ = try WireCodec.decode(failure: bytes, limits: limits)
        }
    }

    static let ofRecords: [LimitCase] = [
        findings("sources", { $0.sources = $1 }) {
            $0.sources = Array(repeating: $0.sources[1], count: $1)
        },
        findings("authors", { $0.authorsPerSource = $1 }) { $0.sources[0].authors = texts($1) },
        findings("locator", { $0.findingNameBytes = $1 }) { $0.sources[1].locator = text($1) },
        findings("title", { $0.findingNameBytes = $1 }) { $0.sources[1].title = text($1) },
        findings("published", { $0.findingNameBytes = $1 }) { $0.sources[1].published = text($1) },
        findings("insights", { $0.insights = $1 }) {
            $0.insights = Array(repeating: $0.insights[0], count: $1)
        },
        findings("topic", { $0.findingNameBytes = $1 }) { $0.insights[0].topic = text($1) },
        findings("summary", { $0.findingTextBytes = $1 }) { $0.insights[0].summary = text($1) },
        findings("evidence", { $0.evidencesPerInsight = $1 }) {
            $0.insights[0].supportingEvidence = Array(
                repeating: $0.insights[0].supportingEvidence[1], count: $1)
        },
        findings("quote", { $0.findingTextBytes = $1 }) {
            $0.insights[0].summary = ""
            $0.insights[0].supportingEvidence[1].quote = text($1)
        },
        findings("section", { $0.findingNameBytes = $1 }) {
            $0.insights[0].supportingEvidence[1].section = text($1)
        },
        findings("related sources", { $0.relatedSourcesPerInsight = $1 }) {
            $0.insights[0].relatedSources = texts($1)
        },
        findings("tags", { $0.tagsPerInsight = $1 }) { $0.insights[0].tags = texts($1) },
        findings("citations", { $0.citations = $1 }) {
            $0.citations = Array(repeating: $0.citations[0], count: $1)
        },
        findings("citation source", { $0.findingNameBytes = $1 }) {
            $0.citations[0].source = text($1)
        },
        findings("sections", { $0.sectionsPerDocument = $1 }) {
            $0.document?.sections = texts($1)
        },
        findings("document title", { $0.findingNameBytes = $1 }) {
            $0.document?.title = text($1)
        },
        failure("failure code", { $0.identifierBytes = $1 }) { $0.code = text($1) },
        failure("failure message", { $0.textBytes = $1 }) { $0.message = text($1) },
        failure("stack trace", { $0.stackTraceBytes = $1 }) { $0.stackTrace = text($1) },
        failure("log tail", { $0.logTailLines = $1 }) { $0.logTail = texts($1) },
    ]
}
