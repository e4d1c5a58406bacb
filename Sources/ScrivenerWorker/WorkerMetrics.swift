// What a worker exports. `docs/metrics.md` is this list for people, and a test holds the two
// together.
//
// The loop counts in plain integers and publishes them once a second, with what it measures for
// its heartbeats.

import CoreMetrics
import ScrivenerCore
package import ScrivenerMetrics
import ScrivenerModel

/// The metrics of a worker.
package enum WorkerMetrics {
    package static let definitions =
        [
            info, connected, registrations, reconnects, slots, running, waiting, attempts, runTime,
            outbox, setAside,
        ] + ProcessMetrics.definitions + SpanExportMetrics.definitions

    static let info = MetricDefinition.gauge(
        "scrivener_worker_info", "1, with the worker's id as a label.", labels: ["worker"])
    package static let connected = MetricDefinition.gauge(
        "scrivener_worker_connected",
        "1 while the worker is registered with its coordinator, otherwise 0.")
    static let registrations = MetricDefinition.counter(
        "scrivener_worker_registrations_total",
        "Times that the coordinator has welcomed the worker.")
    static let reconnects = MetricDefinition.counter(
        "scrivener_worker_reconnects_total",
        "Times that the worker connected anew because it heard nothing of its coordinator.")
    static let slots = MetricDefinition.gauge(
        "scrivener_worker_slots", "Attempts that an agent executes at once.", labels: ["agent"])
    static let running = MetricDefinition.gauge(
        "scrivener_worker_attempts_running", "Attempts that run.")
    static let waiting = MetricDefinition.gauge(
        "scrivener_worker_attempts_waiting", "Attempts that wait for a slot.")
    static let attempts = MetricDefinition.counter(
        "scrivener_worker_attempts_total", "Attempts that have ended, by outcome.",
        labels: ["agent", "outcome"])
    static let runTime = MetricDefinition.histogram(
        "scrivener_worker_run_time_seconds",
        "How long attempts ran that completed or failed.", labels: ["agent"],
        bounds: DurationBuckets.bounds.map { Double($0) / 1e9 })
    static let outbox = MetricDefinition.gauge(
        "scrivener_worker_outbox_results",
        "Results that the coordinator has not acknowledged.")
    static let setAside = MetricDefinition.gauge(
        "scrivener_worker_results_set_aside",
        "Results of other journals, which wait until those are back.")

    /// What becomes of an attempt on its worker.
    static let outcomes: [OutcomeClass] = [
        .completed, .transient, .permanent, .timeout, .invalidInput, .cancelled,
    ]
}

/// The worker's handles. Confined to its loop's thread.
struct WorkerMeters {
    private let agents: [String]
    private let connected: Meter
    private let registrations: Counter
    private let reconnects: Counter
    private let running: Meter
    private let waiting: Meter
    private let outbox: Meter
    private let setAside: Meter
    private var attempts: CounterSet
    private var runTimes: HistogramSet
    private var tally = AttemptTally()

    init(_ factory: any MetricsFactory, workerID: String, agents: [AgentOffer]) {
        self.agents = agents.map(\.name)
        connected = WorkerMetrics.connected.meter(factory)
        registrations = WorkerMetrics.registrations.counter(factory)
        reconnects = WorkerMetrics.reconnects.counter(factory)
        running = WorkerMetrics.running.meter(factory)
        waiting = WorkerMetrics.waiting.meter(factory)
        outbox = WorkerMetrics.outbox.meter(factory)
        setAside = WorkerMetrics.setAside.meter(factory)
        attempts = CounterSet(WorkerMetrics.attempts, factory)
        runTimes = HistogramSet(WorkerMetrics.runTime, factory)
        WorkerMetrics.info.meter(factory, [workerID]).set(1)
        for agent in agents {
            WorkerMetrics.slots.meter(factory, [agent.name]).set(Double(agent.slots))
        }
    }

    func registered() { registrations.increment() }
    func reconnected() { reconnects.increment() }

    mutating func ended(_ result: AttemptResult, agentIndex: Int) {
        guard agents.indices.contains(agentIndex) else { return }
        let outcome = result.result.failure.map { OutcomeClass($0.failureClass) } ?? .completed
        tally.count(outcome, in: result.runTime, agent: Int32(agentIndex))
    }

    mutating func publish(_ figures: WorkerCoreFigures) {
        connected.set(figures.isRegistered ? 1 : 0)
        running.set(figures.running)
        waiting.set(figures.waiting)
        outbox.set(figures.unacknowledged)
        setAside.set(figures.setAside)
        for (index, agent) in agents.enumerated() {
            guard let ended = tally.read(agent: index) else { continue }
            for outcome in WorkerMetrics.outcomes {
                attempts.show(ended.outcomes[outcome.rawValue], agent, outcome.name)
            }
            runTimes.show(ended.runTimes.counts, nanoseconds: ended.runTimes.sum, agent)
        }
    }
}
