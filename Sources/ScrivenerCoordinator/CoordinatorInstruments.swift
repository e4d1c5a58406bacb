// The machine's figures as metrics: published when somebody scrapes, not when something happens.

import CoreMetrics
import ScrivenerCore
import ScrivenerMetrics
import ScrivenerModel
import Synchronization

/// Publishes figures. From any thread; two scrapes at once publish one after the other.
final class CoordinatorInstruments: Sendable {
    private struct Instruments: Sendable {
        var sessions: GaugeSet
        var sessionsOpened: MirroredCounter
        var sessionsEnded: CounterSet
        var tasks: GaugeSet
        var queueWait: MirroredHistogram
        var runTime: HistogramSet
        var attempts: CounterSet
        var dispatched: MirroredCounter
        var hedged: MirroredCounter
        var running: GaugeSet
        var reassignments: MirroredCounter
        var retries: MirroredCounter
        var fenced: MirroredCounter
        var agents: [FigureGauges<AgentFigures>]
        var breakers: GaugeSet
        var workerStates: GaugeSet
        var workers: [FigureGauges<WorkerFigures>]
        var pools: [FigureGauges<WorkerPoolRecord>]
        var leaseExpiries: MirroredCounter
        var deaths: MirroredCounter
        var unroutable: MirroredCounter
    }

    private let instruments: Mutex<Instruments>
    private let oldestQueuedAge: Meter
    private let loopDelay: Meter

    init(_ factory: any MetricsFactory) {
        typealias Metrics = CoordinatorMetrics
        func counter(_ definition: MetricDefinition) -> MirroredCounter {
            MirroredCounter(definition.counter(factory))
        }
        func gauges(_ definition: MetricDefinition) -> GaugeSet {
            GaugeSet(definition, factory)
        }
        instruments = Mutex(
            Instruments(
                sessions: gauges(Metrics.sessionsOpen),
                sessionsOpened: counter(Metrics.sessionsOpened),
                sessionsEnded: CounterSet(Metrics.sessionsEnded, factory),
                tasks: gauges(Metrics.tasksByStatus),
                queueWait: MirroredHistogram(Metrics.queueWait.buckets(factory)),
                runTime: HistogramSet(Metrics.runTime, factory),
                attempts: CounterSet(Metrics.attemptsEnded, factory),
                dispatched: counter(Metrics.attemptsDispatched),
                hedged: counter(Metrics.attemptsHedged),
                running: gauges(Metrics.attemptsRunning),
                reassignments: counter(Metrics.reassignments),
                retries: counter(Metrics.retries), fenced: counter(Metrics.fencedResults),
                agents: [
                    FigureGauges(
                        Metrics.instances, factory
                    ) { Double($0.instances) },
                    FigureGauges(
                        Metrics.slots, factory
                    ) { Double($0.slots) },
                    FigureGauges(
                        Metrics.slotsUsed, factory
                    ) { Double($0.usedSlots) },
                    FigureGauges(
                        Metrics.slotsAvailable, factory
                    ) { Double($0.availableSlots) },
                ],
                breakers: gauges(Metrics.breakers), workerStates: gauges(Metrics.workers),
                workers: [
                    FigureGauges(
                        Metrics.workerSlots, factory
                    ) { Double($0.slots) },
                    FigureGauges(
                        Metrics.workerSlotsUsed, factory
                    ) { Double($0.usedSlots) },
                    FigureGauges(
                        Metrics.workerMemory, factory
                    ) { Double($0.memoryBytes) },
                    FigureGauges(
                        Metrics.workerSilence, factory
                    ) { $0.silence.seconds },
                ],
                pools: Self.poolGauges(factory),
                leaseExpiries: counter(Metrics.leaseExpiries),
                deaths: counter(Metrics.workerDeaths),
                unroutable: counter(Metrics.unroutableMessages)))
        oldestQueuedAge = Metrics.oldestQueuedAge.meter(factory)
        loopDelay = Metrics.loopDelay.meter(factory)
    }

    private static func poolGauges(
        _ factory: any MetricsFactory
    ) -> [FigureGauges<WorkerPoolRecord>] {
        typealias Metrics = CoordinatorMetrics
        let counts: [(MetricDefinition, @Sendable (WorkerPoolRecord) -> Int)] = [
            (Metrics.poolDesired, { $0.desired }), (Metrics.poolConnected, { $0.connected }),
            (Metrics.poolIdle, { $0.idle }), (Metrics.poolDraining, { $0.draining }),
            (Metrics.poolMinimum, { $0.minimum }), (Metrics.poolMaximum, { $0.maximum }),
            (Metrics.poolQueued, { $0.queued }),
        ]
        return counts.map { definition, count in
            FigureGauges(definition, factory) { Double(count($0)) }
        } + [FigureGauges(Metrics.poolOldestWait, factory) { $0.oldestWaitSeconds }]
    }

    /// - Parameter delay: how long the figures were waited for.
    func publish(_ figures: PoolFigures, delay: TimeSpan) {
        oldestQueuedAge.set(figures.oldestWait.seconds)
        loopDelay.set(delay.seconds)
        instruments.withLock { instruments in
            Self.publishSessions(of: figures, in: &instruments)
            Self.publishAttempts(of: figures, in: &instruments)
            Self.publishPool(of: figures, in: &instruments)
        }
    }

    private static func publishSessions(
        of figures: PoolFigures, in instruments: inout Instruments
    ) {
        let statuses = SessionStatus.allCases.filter { !$0.isTerminal }
        instruments.sessions.show(
            values(statuses.map { ($0.rawValue, figures.sessions[$0] ?? 0) }))
        instruments.sessionsOpened.show(figures.sessionsOpened)
        for state in [SessionState.completed, .partial, .failed, .cancelled] {
            instruments.sessionsEnded.show(figures.sessionsEnded[state] ?? 0, state.rawValue)
        }
        instruments.tasks.show(
            values(TaskStatus.allCases.map { ($0.rawValue, figures.tasks[$0] ?? 0) }))
        instruments.queueWait.show(
            figures.queueWaits.counts, nanoseconds: figures.queueWaits.sum)
    }

    private static func publishAttempts(
        of figures: PoolFigures, in instruments: inout Instruments
    ) {
        for agent in figures.agents {
            guard let runTimes = agent.runTimes else { continue }
            instruments.runTime.show(
                runTimes.counts, nanoseconds: runTimes.sum, agent.name)
            for (outcome, count) in zip(OutcomeClass.allCases, agent.outcomes) {
                instruments.attempts.show(count, agent.name, outcome.name)
            }
        }
        instruments.running.show(
            values(figures.agents.map { ($0.name, $0.runningAttempts) }))
        instruments.dispatched.show(Int64(figures.counters.dispatchedAttempts))
        instruments.hedged.show(Int64(figures.counters.hedgedAttempts))
        instruments.reassignments.show(figures.reassignments)
        instruments.retries.show(figures.retries)
        instruments.fenced.show(Int64(figures.counters.refusedResults))
    }

    private static func publishPool(
        of figures: PoolFigures, in instruments: inout Instruments
    ) {
        let present = figures.agents.filter { $0.instances > 0 }
        for place in instruments.agents.indices {
            instruments.agents[place].show(present, by: \.name)
        }
        let circuits = present.flatMap { agent in
            ["closed", "open", "half_open", "probing"].map {
                ([agent.name, $0], Double(agent.circuits[$0] ?? 0))
            }
        }
        instruments.breakers.show(Dictionary(uniqueKeysWithValues: circuits))
        let states = ["connected", "suspect", "draining", "awaited", "lost"]
        instruments.workerStates.show(
            values(states.map { ($0, figures.workerStates[$0] ?? 0) }))
        for place in instruments.workers.indices {
            instruments.workers[place].show(figures.workers, by: \.id)
        }
        for place in instruments.pools.indices {
            instruments.pools[place].show(figures.pools, by: \.name)
        }
        instruments.leaseExpiries.show(Int64(figures.counters.expiredLeases))
        instruments.deaths.show(figures.workerDeaths)
        instruments.unroutable.show(Int64(figures.counters.unroutableMessages))
    }

    private static func values(_ counts: [(String, Int)]) -> [[String]: Double] {
        Dictionary(uniqueKeysWithValues: counts.map { ([$0], Double($1)) })
    }
}

/// One gauge for each of several things.
private struct FigureGauges<Figures>: Sendable {
    private var set: GaugeSet
    private let value: @Sendable (Figures) -> Double

    init(
        _ definition: MetricDefinition, _ factory: any MetricsFactory,
        value: @escaping @Sendable (Figures) -> Double
    ) {
        set = GaugeSet(definition, factory)
        self.value = value
    }

    mutating func show(_ all: [Figures], by name: (Figures) -> String) {
        set.show(Dictionary(uniqueKeysWithValues: all.map { ([name($0)], value($0)) }))
    }
}
