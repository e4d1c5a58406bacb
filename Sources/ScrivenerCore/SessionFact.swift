// Facts: what must survive. Durable state changes only when a fact is applied, both while running
// and when a journal is read back, so there is one interpreter of history and not two.
//
// Facts name sessions, tasks, attempts, workers and agents by number; the strings stand in the
// journal once.

package import ScrivenerModel

/// Something that happened and must be remembered.
///
/// What is large and seldom lies elsewhere, so that the usual facts are small.
package enum SessionFact: Sendable, Equatable {
    /// A worker id was seen for the first time and has a number from now on.
    case workerKnown(number: Int32, id: String)
    /// An agent's name was seen for the first time and has a number from now on.
    case agentKnown(number: Int32, name: String)
    /// A session was accepted.
    indirect case sessionOpened(SessionOpening)
    /// A task's result added tasks to its session.
    indirect case graphExtended(GraphExtension)
    /// An attempt was given to a worker.
    case attemptDispatched(AttemptReference, worker: Int32, agent: Int32)
    /// An attempt is over, and what becomes of its task.
    case attemptEnded(AttemptReference, AttemptEnding)
    /// The process of the attempt's worker died while it ran, and what follows from that for its task.
    case attemptDied(AttemptReference, DeathVerdict, ResultHandle?)
    /// A task that needs only some of its dependencies goes on with those that have completed.
    case joinClosed(session: Int64, task: Int32)
    /// A running attempt left bytes for the next attempt at its task.
    case checkpointKept(AttemptReference, PayloadHandle)
    /// Somebody asked for the session's end, or its time ran out.
    case cancelRequested(session: Int64, cause: CancelCause)
    /// A single task is no longer wanted.
    case taskCancelRequested(session: Int64, task: Int32)
    /// Nothing of the session starts until it is resumed.
    case sessionPaused(session: Int64, mode: PauseMode)
    case sessionResumed(session: Int64)
    /// A task, or every task of the session, has another priority from now on.
    case priorityChanged(session: Int64, task: Int32?, priority: UInt8)
    /// So many sessions were opened: for when the facts that say so are no longer kept.
    case sessionsCounted(through: Int64)
    /// What attempts have taught so far: takes the place of what the last such fact said.
    indirect case performanceLearned(PerformanceColumns)
    /// What instances did in a span of time that is over.
    indirect case metricsRecorded(MetricsSample)
    /// The session that was just opened runs one that has ended again, and takes results over from it.
    indirect case sessionRerun(SessionRerun)
    /// Every task is in a terminal state. The session leaves memory.
    case sessionEnded(session: Int64, state: SessionState)
}

/// What one more death of a worker's process under it comes to for a task.
package enum DeathVerdict: UInt8, Sendable, Equatable, CaseIterable {
    /// It is remembered.
    case counted = 1
    /// There were enough of them: from now on the task has a worker to itself when it runs.
    case isolated = 2
    /// It had the worker to itself: the task is executed no more.
    case quarantined = 3
}

/// Why a session was cancelled.
package enum CancelCause: UInt8, Sendable, Equatable, CaseIterable {
    /// Somebody asked.
    case requested = 1
    /// `timeout_seconds` of the plan passed.
    case timedOut = 2
}

/// What becomes of the running tasks of a session that is paused.
package enum PauseMode: UInt8, Sendable, Equatable, CaseIterable {
    /// They finish.
    case finish = 1
    /// They are stopped, and run again when the session is resumed. Those that must not be executed
    /// twice finish.
    case now = 2
}

/// What opens a session.
package struct SessionOpening: Sendable, Equatable {
    /// Counts the journal's sessions, from 1.
    package var number: Int64
    package var plan: CompiledPlan

    package init(number: Int64, plan: CompiledPlan) {
        self.number = number
        self.plan = plan
    }
}

/// Tasks that a running session gained.
package struct GraphExtension: Sendable, Equatable {
    package var session: Int64
    /// The task whose result proposed them. None of them can start before it completed.
    package var by: Int32
    package var tasks: TaskColumns

    package init(session: Int64, by: Int32, tasks: TaskColumns) {
        self.session = session
        self.by = by
        self.tasks = tasks
    }
}

/// How an attempt ended, and what becomes of its task.
package struct AttemptEnding: Sendable, Equatable {
    package var outcome: AttemptOutcome
    /// How long the agent's body ran, as its worker measured it.
    package var runTime: TimeSpan
    /// Where the result lies. Absent when there is none: a lost worker says nothing.
    package var record: ResultHandle?
    /// What progress counts.
    package var summary: FindingsSummary
    package var disposition: TaskDisposition

    package init(
        outcome: AttemptOutcome, runTime: TimeSpan = .zero, record: ResultHandle? = nil,
        summary: FindingsSummary = FindingsSummary(), disposition: TaskDisposition
    ) {
        self.outcome = outcome
        self.runTime = runTime
        self.record = record
        self.summary = summary
        self.disposition = disposition
    }
}

/// How an attempt ended.
package enum AttemptOutcome: Sendable, Equatable {
    case completed
    case failed(FailureClass)
    /// The agent was seen to stop, or never began.
    case cancelled
    /// The worker's lease ran out, or it came back without the attempt.
    case workerLost
    /// The worker handed it back before it began.
    case released
    /// Another attempt at the task completed first.
    case superseded
}

/// What becomes of a task when an attempt at it has ended.
package enum TaskDisposition: Sendable, Equatable {
    /// The task is over, as the outcome says.
    case final
    /// A retry was granted: not before the instant. Uses up one of the session's retries.
    case retry(notBefore: Instant)
    /// The attempt does not count; the task is ready again.
    case requeue
    /// Nothing: another attempt at the task runs on, or has completed.
    case absorbed
}

/// What progress counts of a result's findings.
package struct FindingsSummary: Sendable, Equatable {
    package var sources: Int32
    package var insights: Int32
    package var hasFinalDocument: Bool

    package init(sources: Int32 = 0, insights: Int32 = 0, hasFinalDocument: Bool = false) {
        self.sources = sources
        self.insights = insights
        self.hasFinalDocument = hasFinalDocument
    }

    package init(_ findings: Findings) {
        self.init(
            sources: Int32(clamping: findings.sources.count),
            insights: Int32(clamping: findings.insights.count),
            hasFinalDocument: findings.document?.isFinal ?? false)
    }
}
