// Random facts and snapshots under a seed, for codecs.

import ScrivenerCore
import ScrivenerModel

/// Random values that lean towards the ends of their ranges, where codecs go wrong.
extension SeededGenerator {
    mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) -> Value {
        switch Int.random(in: 0..<8, using: &self) {
        case 0: .min
        case 1: .max
        case 2: 0
        case 3: Value(truncatingIfNeeded: next())
        default: Value(Int.random(in: 0...100, using: &self))
        }
    }

    mutating func flip() -> Bool { Bool.random(using: &self) }

    mutating func one<Value>(of values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &self)]
    }

    mutating func text() -> String {
        one(of: ["", "a", "search-1", "Grüße, 世界", "emoji 🗞️", "\u{0}", "e\u{301}"])
    }

    mutating func double() -> Double {
        one(of: [
            0, -0.0, 1, .pi, .infinity, -.infinity, .greatestFiniteMagnitude,
            .leastNonzeroMagnitude,
        ])
    }

    mutating func resultHandle() -> ResultHandle {
        ResultHandle(
            row: integer(), offset: integer(), payloadLength: integer(), annexLength: integer())
    }

    mutating func payloadHandle() -> PayloadHandle {
        PayloadHandle(row: integer(), offset: integer(), length: integer())
    }

    mutating func some<Value>(
        _ most: Int, _ value: (inout SeededGenerator) -> Value
    ) -> [Value] {
        (0..<Int.random(in: 0...most, using: &self)).map { _ in value(&self) }
    }

    mutating func span() -> TimeSpan { TimeSpan(nanoseconds: integer()) }

    mutating func reference() -> AttemptReference {
        AttemptReference(session: integer(), task: integer(), attempt: integer())
    }

    mutating func fact() -> SessionFact {
        switch Int.random(in: 0..<19, using: &self) {
        case 0: .workerKnown(number: integer(), id: text())
        case 1: .agentKnown(number: integer(), name: text())
        case 2: .sessionOpened(opening())
        case 3: .graphExtended(GraphExtension(session: integer(), by: integer(), tasks: tasks()))
        case 4: .attemptDispatched(reference(), worker: integer(), agent: integer())
        case 5: .attemptEnded(reference(), ending())
        case 6: .cancelRequested(session: integer(), cause: one(of: CancelCause.allCases))
        case 7: .joinClosed(session: integer(), task: integer())
        case 8: .checkpointKept(reference(), payloadHandle())
        case 9: .taskCancelRequested(session: integer(), task: integer())
        case 10: .sessionPaused(session: integer(), mode: one(of: PauseMode.allCases))
        case 11: .sessionResumed(session: integer())
        case 12:
            .priorityChanged(
                session: integer(), task: flip() ? integer() : nil, priority: integer())
        case 13: .performanceLearned(performance())
        case 14: .metricsRecorded(metrics())
        case 15: .sessionsCounted(through: integer())
        case 16:
            .attemptDied(
                reference(), one(of: DeathVerdict.allCases), flip() ? resultHandle() : nil)
        case 17: .sessionRerun(rerun())
        default: .sessionEnded(session: integer(), state: one(of: SessionState.allCases))
        }
    }

    mutating func facts(_ count: Int) -> [SessionFact] {
        (0..<count).map { _ in fact() }
    }

    mutating func opening() -> SessionOpening {
        SessionOpening(
            number: integer(),
            plan: CompiledPlan(
                sessionID: text(), query: text(),
                config: OrchestrationConfig(
                    maxConcurrentTasks: integer(), taskTimeoutSeconds: double(),
                    progressUpdateIntervalSeconds: double(), maxRetryAttempts: integer(),
                    retryDelaySeconds: double(), enableParallelExecution: flip()),
                timeout: flip() ? span() : nil, weight: integer(), trace: flip() ? trace() : nil,
                tasks: tasks()))
    }

    mutating func trace() -> SessionTrace? {
        guard let id = TraceID(high: integer(), low: next() | 1) else { return nil }
        let context = TraceContext(
            traceID: id, spanID: next() | 1, isSampled: flip(),
            tracestate: flip() ? "a=1,b=2" : "")
        return SessionTrace(context, span: one(of: [.none, .root, .child(of: next())]))
    }

    mutating func rerun() -> SessionRerun {
        SessionRerun(
            session: integer(), of: text(),
            additions: some(2) {
                GraphExtension(session: $0.integer(), by: $0.integer(), tasks: $0.tasks())
            },
            reused: some(4) { $0.reusedResult() })
    }

    mutating func reusedResult() -> ReusedResult {
        ReusedResult(
            task: integer(), attempt: integer(), worker: integer(), agent: integer(),
            dispatchedAt: wallTime(), endedAt: wallTime(), runTime: span(),
            record: resultHandle(),
            summary: FindingsSummary(
                sources: integer(), insights: integer(), hasFinalDocument: flip()))
    }

    mutating func tasks() -> TaskColumns {
        var tasks = TaskColumns()
        tasks.classes = some(2) { $0.taskClass() }
        guard !tasks.classes.isEmpty else { return tasks }
        for _ in 0..<Int.random(in: 0...5, using: &self) {
            tasks.ids.append(text())
            tasks.classOf.append(Int32.random(in: 0..<Int32(tasks.classes.count), using: &self))
            for _ in 0..<Int.random(in: 0...3, using: &self) {
                tasks.dependencies.append(max(0, integer(Int32.self)))
            }
            tasks.dependencyEnds.append(Int32(tasks.dependencies.count))
            tasks.specifications.append(
                SpecificationSlice(
                    offset: integer(), descriptionLength: integer(), parametersLength: integer()))
        }
        if flip() { tasks.expected = tasks.classOf.map { _ in integer() } }
        tasks.specificationPayload = payloadHandle()
        return tasks
    }

    mutating func taskClass() -> TaskClass {
        TaskClass(
            taskType: text(), assignedAgent: flip() ? text() : nil, timeout: span(),
            progressTimeout: span(), onDependencyFailure: one(of: DependencyFailurePolicy.allCases),
            join: flip()
                ? CompiledJoin(
                    atLeast: integer(), within: span(), rest: one(of: JoinRule.Rest.allCases))
                : nil,
            extendsSession: flip(), priority: integer(),
            retry: CompiledRetry(
                maximumRetries: integer(), base: span(), factorPermille: integer(), cap: span()),
            delivery: one(of: Delivery.allCases), isIdempotent: flip(), isExclusive: flip(),
            requires: some(2) { $0.text() }, tags: some(2) { $0.text() }, slots: integer(),
            resources: some(2) { ResourceAmount(name: $0.text(), amount: $0.integer()) },
            fallbackAgents: some(2) { $0.text() })
    }

    mutating func performance() -> PerformanceColumns {
        var columns = PerformanceColumns()
        for _ in 0..<Int.random(in: 0...3, using: &self) {
            columns.kinds.append(text())
            columns.peakMemory.append(integer())
            columns.durations.priors.append(integer())
            columns.durations.sums.append(integer())
            columns.durations.squaresHigh.append(integer())
            columns.durations.squaresLow.append(integer())
            columns.durations.lowestBuckets.append(integer())
            columns.durations.buckets += some(4) { $0.integer() }
            columns.durations.bucketEnds.append(Int32(columns.durations.buckets.count))
        }
        for _ in 0..<Int.random(in: 0...3, using: &self) {
            columns.workers.append(integer())
            columns.agents.append(integer())
            columns.durations.speedWeights.append(integer())
            columns.durations.speedSums.append(integer())
            columns.durations.speedTimes.append(integer())
        }
        return columns
    }

    mutating func metrics() -> MetricsSample {
        MetricsSample(
            start: wallTime(), length: span(),
            rows: some(3) {
                MetricsSample.Row(
                    worker: $0.integer(), agent: $0.integer(), completed: $0.integer(),
                    failed: $0.integer(), lost: $0.integer(), busy: $0.integer())
            })
    }

    mutating func ending() -> AttemptEnding {
        AttemptEnding(
            outcome: one(of: Self.outcomes), runTime: span(),
            record: flip() ? resultHandle() : nil,
            summary: FindingsSummary(
                sources: integer(), insights: integer(), hasFinalDocument: flip()),
            disposition: flip()
                ? .retry(notBefore: Instant(nanoseconds: integer()))
                : one(of: Self.dispositions))
    }

    static let outcomes: [AttemptOutcome] =
        [.completed, .cancelled, .workerLost, .released, .superseded]
        + FailureClass.allCases.map(AttemptOutcome.failed)

    static let dispositions: [TaskDisposition] = [
        .final, .retry(notBefore: Instant(nanoseconds: 7)), .requeue, .absorbed,
    ]
}

extension SeededGenerator {
    mutating func snapshot(number: Int64) -> SessionSnapshot {
        let count = Int32.random(in: 0...4, using: &self)
        return SessionSnapshot(
            number: number, session: session(id: "session-\(number)"),
            tasks: (0..<count).map { _ in task() },
            endOrder: Array(
                (0..<count).shuffled(using: &self).prefix(Int.random(in: 0...4, using: &self))))
    }

    mutating func wallTime() -> WallTime { WallTime(millisecondsSince1970: integer()) }

    mutating func session(id: String) -> ResearchSession {
        ResearchSession(
            sessionID: id, query: text(), status: one(of: SessionStatus.allCases),
            sessionState: one(of: SessionState.allCases),
            statusTransitions: SessionStatus.allCases.map { Transition(to: $0, at: wallTime()) },
            stateTransitions: flip()
                ? [] : SessionState.allCases.map { Transition(to: $0, at: wallTime()) },
            submittedAt: wallTime(), endedAt: flip() ? wallTime() : nil,
            reason: flip() ? text() : nil, rerunOf: flip() ? text() : nil,
            traceparent: flip() ? text() : nil,
            progress: ProgressReport(
                sessionID: text(), status: one(of: SessionStatus.allCases),
                currentState: one(of: SessionState.allCases), progressPercentage: double(),
                completedTasks: integer(), totalTasks: integer(),
                tasksByStatus: flip() ? [:] : ["completed": integer(), "failed": integer()],
                currentTasks: some(2) {
                    CurrentTask(
                        taskID: $0.text(), progress: $0.flip() ? $0.double() : nil,
                        message: $0.flip() ? $0.text() : nil)
                },
                secondsLeft: flip()
                    ? Estimate(expected: double(), low: double(), high: double()) : nil,
                sourcesFound: integer(),
                insightsGenerated: integer(), hasFinalDocument: flip(), revision: integer()))
    }

    mutating func task() -> TaskSnapshot {
        TaskSnapshot(
            taskID: text(), taskType: text(), status: one(of: TaskStatus.allCases),
            assignedAgent: flip() ? text() : nil,
            dependencies: some(3) { $0.integer() }, priority: integer(),
            missingDependencies: some(3) { $0.integer() },
            addedBy: flip() ? integer() & .max : nil, isReused: flip(),
            executions: some(3) { $0.execution() })
    }

    mutating func execution() -> ExecutionSnapshot {
        ExecutionSnapshot(
            attempt: integer(), workerID: text(), agent: text(),
            outcome: one(of: ExecutionOutcome.allCases),
            failureClass: flip() ? one(of: FailureClass.allCases) : nil,
            dispatchedAt: wallTime(), endedAt: flip() ? wallTime() : nil,
            runTime: span(), isHedge: flip(), isFallback: flip(),
            record: flip() ? resultHandle() : nil)
    }
}
