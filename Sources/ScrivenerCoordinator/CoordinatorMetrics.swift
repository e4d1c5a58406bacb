// What a coordinator exports. `docs/metrics.md` is this list for people, and a test holds the two
// together.

import ScrivenerCore
package import ScrivenerMetrics

/// The metrics of a coordinator.
package enum CoordinatorMetrics {
    package static let definitions =
        sessions + tasks + attempts + pool + scaling + itself + ProcessMetrics.definitions
        + SpanExportMetrics.definitions

    private static let seconds = DurationBuckets.bounds.map { Double($0) / 1e9 }
    /// What takes a part of a second at most, mostly: 10 microseconds to 10 s.
    private static let short = [
        0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01,
        0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    // MARK: Sessions and tasks

    static let sessionsOpen = MetricDefinition.gauge(
        "scrivener_sessions", "Open sessions, by status.", labels: ["status"])
    static let sessionsOpened = MetricDefinition.counter(
        "scrivener_sessions_opened_total", "Sessions that were opened.")
    static let sessionsEnded = MetricDefinition.counter(
        "scrivener_sessions_ended_total",
        "Sessions that have ended, by how complete their answer is.", labels: ["state"])
    private static let sessions = [sessionsOpen, sessionsOpened, sessionsEnded]

    static let tasksByStatus = MetricDefinition.gauge(
        "scrivener_tasks", "Tasks of open sessions, by status.", labels: ["status"])
    static let queueWait = MetricDefinition.histogram(
        "scrivener_queue_wait_seconds",
        "How long tasks had been ready when they were given to a worker, to the millisecond.",
        bounds: seconds)
    static let oldestQueuedAge = MetricDefinition.gauge(
        "scrivener_oldest_queued_age_seconds",
        "How long the task has been ready that has waited longest and may start.")
    private static let tasks = [tasksByStatus, queueWait, oldestQueuedAge]

    // MARK: Attempts

    static let runTime = MetricDefinition.histogram(
        "scrivener_run_time_seconds",
        "How long attempts ran that completed or failed, as their workers measured it.",
        labels: ["agent"], bounds: seconds)
    static let attemptsEnded = MetricDefinition.counter(
        "scrivener_attempts_total", "Attempts that have ended, by outcome.",
        labels: ["agent", "outcome"])
    static let attemptsDispatched = MetricDefinition.counter(
        "scrivener_attempts_dispatched_total", "Attempts that were given to workers.")
    static let attemptsHedged = MetricDefinition.counter(
        "scrivener_attempts_hedged_total", "Second attempts that were started beside slow ones.")
    static let attemptsRunning = MetricDefinition.gauge(
        "scrivener_attempts_running", "Attempts that workers hold, running or about to.",
        labels: ["agent"])
    static let reassignments = MetricDefinition.counter(
        "scrivener_reassignments_total",
        "Attempts that were lost or handed back, and whose tasks became ready again.")
    static let retries = MetricDefinition.counter(
        "scrivener_retries_total", "Retries that were granted after failures.")
    static let fencedResults = MetricDefinition.counter(
        "scrivener_fenced_results_total",
        "Results that were refused because their attempts were over.")
    private static let attempts = [
        runTime, attemptsEnded, attemptsDispatched, attemptsHedged, attemptsRunning,
        reassignments, retries, fencedResults,
    ]

    // MARK: Pool

    static let instances = MetricDefinition.gauge(
        "scrivener_agent_instances", "Instances of an agent on registered workers.",
        labels: ["agent"])
    static let slots = MetricDefinition.gauge(
        "scrivener_slots", "Slots of an agent's instances.", labels: ["agent"])
    static let slotsUsed = MetricDefinition.gauge(
        "scrivener_slots_used", "Slots of an agent's instances that are in use.",
        labels: ["agent"])
    static let slotsAvailable = MetricDefinition.gauge(
        "scrivener_slots_available",
        "Free slots of those of an agent's instances that take work.", labels: ["agent"])
    static let breakers = MetricDefinition.gauge(
        "scrivener_breakers", "Circuit breakers of an agent's instances, by state.",
        labels: ["agent", "state"])
    static let workers = MetricDefinition.gauge(
        "scrivener_workers", "Workers that are known, by state.", labels: ["state"])
    static let workerSlots = MetricDefinition.gauge(
        "scrivener_registered_worker_slots", "Slots of a registered worker's agents.",
        labels: ["worker"])
    static let workerSlotsUsed = MetricDefinition.gauge(
        "scrivener_registered_worker_slots_used",
        "Slots of a registered worker's agents that are in use.", labels: ["worker"])
    static let workerMemory = MetricDefinition.gauge(
        "scrivener_registered_worker_memory_bytes",
        "Memory of a registered worker, as it last said.", labels: ["worker"])
    static let workerSilence = MetricDefinition.gauge(
        "scrivener_registered_worker_silence_seconds",
        "How long a registered worker has not been heard.", labels: ["worker"])
    static let leaseExpiries = MetricDefinition.counter(
        "scrivener_lease_expiries_total",
        "Workers that were given up because they were silent for their whole lease.")
    static let workerDeaths = MetricDefinition.counter(
        "scrivener_worker_deaths_total",
        "Workers' processes that died and left attempts behind.")
    private static let pool = [
        instances, slots, slotsUsed, slotsAvailable, breakers, workers, workerSlots,
        workerSlotsUsed, workerMemory, workerSilence, leaseExpiries, workerDeaths,
    ]

    // MARK: Pools of workers

    static let poolDesired = poolGauge("desired_workers", "Replicas that a pool should have.")
    static let poolConnected = poolGauge(
        "connected_workers", "Registered replicas of a pool that are not draining.")
    static let poolIdle = poolGauge(
        "idle_workers", "Registered replicas of a pool that have nothing to do.")
    static let poolDraining = poolGauge(
        "draining_workers", "Replicas of a pool that finish what they run, and leave.")
    static let poolMinimum = poolGauge("minimum_workers", "Replicas that a pool has at least.")
    static let poolMaximum = poolGauge("maximum_workers", "Replicas that a pool may have at most.")
    static let poolQueued = poolGauge(
        "queued_tasks", "Tasks that may start and wait for something that a pool can do.")
    static let poolOldestWait = poolGauge(
        "oldest_wait_seconds", "How long the one of these has waited that has waited longest.")
    private static let scaling = [
        poolDesired, poolConnected, poolIdle, poolDraining, poolMinimum, poolMaximum, poolQueued,
        poolOldestWait,
    ]

    private static func poolGauge(_ name: String, _ help: String) -> MetricDefinition {
        .gauge("scrivener_pool_" + name, help, labels: ["pool"])
    }

    // MARK: The coordinator itself

    static let loopTurn = MetricDefinition.histogram(
        "scrivener_loop_turn_seconds",
        "How long turns of the coordinator's loop took, without its waiting.", bounds: short)
    static let loopDelay = MetricDefinition.gauge(
        "scrivener_loop_delay_seconds",
        "How long the question of this scrape waited for the coordinator's loop.")
    static let commitTime = MetricDefinition.histogram(
        "scrivener_journal_commit_seconds", "How long commits to the journal took.",
        bounds: short)
    static let commitFacts = MetricDefinition.histogram(
        "scrivener_journal_commit_facts", "Facts in a commit to the journal.",
        bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000])
    static let commitBytes = MetricDefinition.histogram(
        "scrivener_journal_commit_payload_bytes", "Payloads in a commit to the journal.",
        bounds: [
            256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
            67_108_864,
        ])
    static let journalFull = MetricDefinition.gauge(
        "scrivener_journal_full", "1 while the journal's disk has no room, otherwise 0.")
    static let receivedMessages = MetricDefinition.counter(
        "scrivener_wire_received_messages_total", "Messages from workers.")
    static let receivedBytes = MetricDefinition.counter(
        "scrivener_wire_received_bytes_total", "Messages from workers, without envelopes.")
    static let sentMessages = MetricDefinition.counter(
        "scrivener_wire_sent_messages_total", "Messages to workers.")
    static let sentBytes = MetricDefinition.counter(
        "scrivener_wire_sent_bytes_total", "Messages to workers, without envelopes.")
    static let unroutableMessages = MetricDefinition.counter(
        "scrivener_wire_unroutable_messages_total", "Messages for workers that were not there.")
    static let refusedConnections = MetricDefinition.counter(
        "scrivener_wire_refused_connections_total",
        "Connections for workers that were not taken on, or ended, by the code of the refusal.",
        labels: ["code"])
    static let enrolments = MetricDefinition.counter(
        "scrivener_enrolments_total",
        "Answers to replicas that asked to be listed: listed, or the code of the refusal.",
        labels: ["answer"])
    static let eventStreams = MetricDefinition.gauge(
        "scrivener_event_streams_open", "Event streams that clients have open.")
    static let refusedRequests = MetricDefinition.counter(
        "scrivener_http_refused_requests_total",
        "Requests that did not reach what they asked for, by the code of the refusal.",
        labels: ["code"])
    static let staleScrapes = MetricDefinition.counter(
        "scrivener_stale_scrapes_total",
        "Scrapes that were answered with older figures because the loop took no more requests.")
    static let webhookAttempts = MetricDefinition.counter(
        "scrivener_webhook_attempts_total",
        "Attempts to tell callbacks of sessions something, by what they came to.",
        labels: ["outcome"])
    static let webhooksPending = MetricDefinition.gauge(
        "scrivener_webhooks_pending",
        "Messages that callbacks have still to be told, counted every 5 s.")
    private static let itself = [
        loopTurn, loopDelay, commitTime, commitFacts, commitBytes, journalFull, receivedMessages,
        receivedBytes, sentMessages, sentBytes, unroutableMessages, refusedConnections, enrolments,
        eventStreams, refusedRequests, staleScrapes, webhookAttempts, webhooksPending,
    ]
}
