// Messages that the tests share: of each kind an ordinary one, an empty one and one at the ends of
// its ranges.

import ScrivenerModel

enum Samples {
    static let first = AttemptReference(session: 1, task: 0, attempt: 1)
    static let second = AttemptReference(session: 300, task: 7, attempt: 2)
    static let last = AttemptReference(session: .max, task: .max, attempt: .max)

    // MARK: Worker to coordinator

    static let registration = WorkerRegistration(
        workerID: "pool/w-1", pool: "pool", incarnation: 3, registrationNumber: 3, host: "node-a",
        processID: 4_711,
        softwareVersion: "1.0.0", journalID: "j-1",
        agents: [
            AgentOffer(
                name: "file_search", capabilities: ["search", "search.files"], tags: ["fast"],
                slots: 4, version: "2"),
            AgentOffer(name: "writer", capabilities: [], slots: 1),
        ],
        health: [
            AgentHealth(agentIndex: 0, state: .ready),
            AgentHealth(agentIndex: 1, state: .failed, message: "no disk — yet"),
        ],
        resources: [
            ResourceAmount(name: "memory_mib", amount: 16_384),
            ResourceAmount(name: "gpu", amount: 0),
        ],
        running: [first], outbox: [second, last],
        parked: [ParkedResults(journalID: "j-0", attempts: [last])],
        taken: TakenDispatches(epoch: 9, number: 40), tellsDeaths: true,
        death: WorkerDeath(
            journalID: "j-1", incarnation: 16, cause: .signal(11), attempts: [first, last],
            log: [
                WorkerDeath.LogLine(text: "the worker's — own"),
                WorkerDeath.LogLine(attempt: last, text: "reads page 3"),
            ]))

    static let heartbeat = WorkerHeartbeat(
        epoch: 9, sequence: 12, held: 2, processorLoadPermille: 640, memoryBytes: 5_000_000,
        progress: [
            AttemptProgress(attempt: first, permille: 250, message: "a quarter"),
            AttemptProgress(attempt: second, permille: 1_000, message: ""),
        ],
        health: [
            AgentHealth(agentIndex: 1, state: .initializing, message: "again"),
            AgentHealth(agentIndex: 0, state: .degraded),
        ])

    static let checkpoints = [
        AttemptCheckpoint(attempt: first, bytes: [0, 255, 1]),
        AttemptCheckpoint(attempt: second, bytes: []),
    ]

    static let output = [
        AttemptOutput(attempt: first, text: "half a li", droppedBytes: 300),
        AttemptOutput(attempt: second, text: "ne \u{2014} and more\n"),
        AttemptOutput(attempt: first, text: ""),
    ]

    static let findings = Findings(
        sources: [
            Source(
                locator: "sqlite/wal.html", title: "Write-Ahead Logging", kind: .documentation,
                confidence: 0.75, authors: ["D. Hipp"], published: "2010-07-21"),
            Source(locator: "", title: "", kind: .other, confidence: 0),
        ],
        insights: [
            Insight(
                topic: "durability", summary: "Commits are appended — first to the log.",
                supportingEvidence: [
                    Evidence(quote: "appends", source: "sqlite/wal.html", section: "Overview"),
                    Evidence(quote: "", source: ""),
                ],
                confidenceScore: 1, relatedSources: ["sqlite/wal.html"], tags: ["storage"])
        ],
        citations: [Citation(number: 1, source: "sqlite/wal.html", uses: 4)],
        document: DocumentFacts(
            title: "Logs", wordCount: 1_200, sections: ["Why", "How"], isFinal: true,
            qualityScore: 0.5))

    static let failure = AgentFailure(
        .transient, code: "corpus_busy", message: "try again", stackTrace: "at line 3",
        worker: "pool/w-1", logTail: ["opening", ""])

    static let usage = Usage(
        inputTokens: 10, outputTokens: 20, costMicros: 30, cpuMicroseconds: 40,
        peakMemoryBytes: 50)

    static let results = ResultBatch(
        epoch: 9,
        items: [
            AttemptResult(
                attempt: first, runTime: .milliseconds(20),
                result: AgentResult(
                    payload: RawJSON(#"{"hits":[1,2]}"#), findings: findings, usage: usage,
                    proposedTasks: RawJSON(#"{"tasks":[]}"#))),
            AttemptResult(attempt: second, runTime: .zero, result: .failed(failure)),
            AttemptResult(attempt: last, runTime: .zero, result: AgentResult()),
        ])

    static let fromWorker: [WorkerMessage] = [
        .register(registration),
        .heartbeat(heartbeat),
        .results(results),
        .released(epoch: 9, attempts: [first, second]),
        .draining(epoch: 9),
        .goodbye(epoch: 9),
        .checkpoints(epoch: 9, checkpoints),
        .output(epoch: 9, output),
    ]

    static let emptyFromWorker: [WorkerMessage] = [
        .register(
            WorkerRegistration(
                workerID: "w", incarnation: 0, host: "", processID: 0, softwareVersion: "",
                agents: [])),
        .register(
            WorkerRegistration(
                workerID: "w", incarnation: 0, host: "", processID: 0, softwareVersion: "",
                agents: [], taken: TakenDispatches(epoch: 0, number: 0))),
        .heartbeat(WorkerHeartbeat(epoch: 0, sequence: 0, held: 0)),
        .results(ResultBatch(epoch: 0, items: [])),
        .released(epoch: 0, attempts: []),
        .checkpoints(epoch: 0, []),
        .output(epoch: 0, []),
        .draining(epoch: 0),
        .goodbye(epoch: 0),
    ]

    private static let longestPool = String(repeating: "p", count: 64)

    static let extremeFromWorker: [WorkerMessage] = [
        .register(
            WorkerRegistration(
                workerID: longestPool + "/" + String(repeating: "w", count: 128),
                pool: longestPool, incarnation: .max, registrationNumber: .max,
                host: "ħ\u{0}\u{10FFFF}", processID: .max, softwareVersion: "",
                protocolRange: ProtocolRange(minimum: 1, maximum: Int(Int32.max)),
                agents: [AgentOffer(name: "a", capabilities: [""], slots: 10_000)],
                health: [
                    AgentHealth(
                        agentIndex: 0, state: .degraded,
                        message: String(repeating: "h", count: 1_024))
                ],
                resources: [
                    ResourceAmount(name: String(repeating: "r", count: 256), amount: .max)
                ],
                running: [last, last], taken: TakenDispatches(epoch: .max, number: .max))),
        .heartbeat(
            WorkerHeartbeat(
                epoch: .max, sequence: .max, held: .max, processorLoadPermille: 1_000,
                memoryBytes: .max, health: [AgentHealth(agentIndex: 255, state: .failed)])),
        .results(
            ResultBatch(
                epoch: .max,
                items: [
                    AttemptResult(
                        attempt: last, runTime: TimeSpan(nanoseconds: .max),
                        result: AgentResult(
                            usage: Usage(
                                inputTokens: .max, outputTokens: .max, costMicros: .max,
                                cpuMicroseconds: .max, peakMemoryBytes: .max)))
                ])),
        .released(epoch: .max, attempts: [last]),
        .checkpoints(
            epoch: .max,
            [AttemptCheckpoint(attempt: last, bytes: Array(repeating: 7, count: 1 << 20))]),
        .output(
            epoch: .max,
            [
                AttemptOutput(
                    attempt: last, text: String(repeating: "\u{0}", count: 64 << 10),
                    droppedBytes: .max)
            ]),
        .draining(epoch: .max),
        .goodbye(epoch: .max),
    ]

    // MARK: Coordinator to worker

    static let welcome = Welcome(
        journalID: "j-1", coordinatorIncarnation: 2, epoch: 9, registrationNumber: 3,
        protocolVersion: 1, lease: .milliseconds(5_000), heartbeatInterval: .milliseconds(1_000),
        maximumResultBytes: 1 << 20, stop: [second])

    static let sharedInput = DispatchInput(
        taskID: "find", taskType: "search", payload: RawJSON(#"{"hits":[1,2]}"#))

    static let dispatch = DispatchBatch(
        epoch: 9, number: 41,
        sessions: [
            DispatchSession(number: 1, sessionID: "s-1", query: "Why a log?"),
            DispatchSession(number: 300, sessionID: "s-300", query: ""),
        ],
        items: [
            DispatchItem(
                attempt: first, agentIndex: 0, timeout: .milliseconds(60_000),
                progressTimeout: .milliseconds(500), slots: 2, taskID: "read",
                taskType: "analysis", description: "Read — closely.",
                parameters: RawJSON(#"{"depth":2}"#), inputs: [sharedInput]),
            DispatchItem(
                attempt: second, agentIndex: 1, timeout: .zero, isExclusive: true,
                isAtMostOnce: true,
                checkpoint: [1, 2, 0], taskID: "write",
                taskType: "search", description: "", parameters: .emptyObject,
                inputs: [
                    sharedInput,
                    DispatchInput(taskID: "find", taskType: "search", payload: .null),
                ]),
        ])

    /// A batch of which some sessions belong to a trace.
    static let traced: DispatchBatch = {
        var batch = dispatch
        batch.sessions[1].trace = TraceContext(
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            tracestate: "congo=t61rcWkgMzE")
        return batch
    }()

    static let fromCoordinator: [CoordinatorMessage] = [
        .welcome(welcome),
        .heartbeatAcknowledged(epoch: 9, sequence: 12, interval: .milliseconds(1_500)),
        .dispatch(dispatch),
        .cancel(epoch: 9, attempts: [first]),
        .resultsCommitted(epoch: 9, attempts: [first, second]),
        .introduce,
        .drain(epoch: 9),
        .refused(code: .workerSuperseded, reason: "a newer start of w-1", isFinal: true),
        .recall(epoch: 9, attempts: [second]),
    ]

    static let emptyFromCoordinator: [CoordinatorMessage] = [
        .welcome(
            Welcome(
                journalID: "", coordinatorIncarnation: 0, epoch: 0, protocolVersion: 1,
                lease: .zero, heartbeatInterval: .zero, maximumResultBytes: 0)),
        .heartbeatAcknowledged(epoch: 0, sequence: 0),
        .dispatch(DispatchBatch(epoch: 0, sessions: [], items: [])),
        .cancel(epoch: 0, attempts: []),
        .recall(epoch: 0, attempts: []),
        .resultsCommitted(epoch: 0, attempts: []),
        .drain(epoch: 0),
        .refused(code: .protocolError, reason: "", isFinal: false),
    ]

    static let extremeFromCoordinator: [CoordinatorMessage] = [
        .welcome(
            Welcome(
                journalID: "j", coordinatorIncarnation: .max, epoch: .max,
                registrationNumber: .max, protocolVersion: Int(Int32.max),
                lease: TimeSpan(nanoseconds: .max),
                heartbeatInterval: TimeSpan(nanoseconds: .max), maximumResultBytes: .max,
                stop: [last], takesOutput: true,
                redial: Redial(key: Array(repeating: 255, count: 32), port: 65_535))),
        .heartbeatAcknowledged(
            epoch: .max, sequence: .max, interval: TimeSpan(nanoseconds: .max)),
        .dispatch(
            DispatchBatch(
                epoch: .max, number: .max,
                sessions: [DispatchSession(number: .max, sessionID: "s", query: "\u{0}")],
                items: [
                    DispatchItem(
                        attempt: last, agentIndex: .max, timeout: TimeSpan(nanoseconds: .max),
                        progressTimeout: TimeSpan(nanoseconds: .max), isExclusive: true,
                        slots: 10_000, checkpoint: Array(repeating: 7, count: 1 << 20),
                        taskID: "t", taskType: "", description: "",
                        parameters: RawJSON(" [ ] "), inputs: [])
                ])),
        .cancel(epoch: .max, attempts: [last]),
        .recall(epoch: .max, attempts: [last]),
        .drain(epoch: .max),
    ]
}
