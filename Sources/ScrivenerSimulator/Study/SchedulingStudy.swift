// How well the core orders and places tasks: a recorded workflow on four workers of unequal speed,
// beside what schedulers do that think of nothing, and what one does that knows everything.

import ScrivenerCore
package import ScrivenerModel

/// Compares makespans. Everything follows from the seed.
package struct SchedulingStudy: Sendable {
    /// Who decides.
    package enum Policy: Int, Sendable, CaseIterable {
        /// The order in which tasks became ready, the least loaded worker.
        case fifo
        /// The same order, the fastest worker with a free slot: it is told the speeds.
        case fifoFastest
        /// Any order, any free slot.
        case random
        /// Our core, which has learned nothing yet.
        case cold
        /// Our core, after other runs of the same workflow with noise of their own.
        case warm
        /// Our core, after such runs, told each task's true run time.
        case informed
    }

    /// One run of each.
    package struct Row: Sendable, Equatable {
        package var graph: String
        package var slots: Int
        package var seed: UInt64
        package var lowerBound: TimeSpan
        /// The shortest of the schedules that know all run times.
        package var clairvoyant: TimeSpan
        /// By `Policy`.
        package var makespans: [TimeSpan]

        package func makespan(_ policy: Policy) -> TimeSpan { makespans[policy.rawValue] }

        /// How much longer it takes than the best schedule that is known.
        package func ratio(_ policy: Policy) -> Double {
            makespan(policy).seconds / clairvoyant.seconds
        }
    }

    /// How many list schedules are tried for the yardstick.
    package var schedules = 1_000
    /// How many runs the core has learned from when it is warm.
    package var rehearsals = 3

    package init() {}

    /// - Parameters:
    ///   - slots: of all workers together, a multiple of 4.
    package func run(_ graph: WorkflowGraph, slots: Int, seed: UInt64) -> Row {
        var random = SeededGenerator(seed: seed &* 1_009 &+ UInt64(slots))
        let problem = SchedulingProblem(graph, slots: slots, random: &random)
        let others = (0..<rehearsals).map { _ in
            SchedulingProblem(graph, slots: slots, random: &random)
        }
        let clairvoyant = ClairvoyantSchedule.makespan(
            of: problem, schedules: schedules, random: &random)
        let makespans = Policy.allCases.map { policy -> TimeSpan in
            let length =
                switch policy {
                case .fifo: GreedySchedule.makespan(of: problem, .fifo, .leastLoaded, seed: seed)
                case .fifoFastest:
                    GreedySchedule.makespan(of: problem, .fifo, .fastest, seed: seed)
                case .random: GreedySchedule.makespan(of: problem, .random, .random, seed: seed)
                case .cold: makespan(problem, after: [], statesRunTimes: false, seed: seed)
                case .warm: makespan(problem, after: others, statesRunTimes: false, seed: seed)
                case .informed:
                    makespan(problem, after: others, statesRunTimes: true, seed: seed)
                }
            return TimeSpan(nanoseconds: length)
        }
        return Row(
            graph: graph.name, slots: slots, seed: seed,
            lowerBound: TimeSpan(nanoseconds: LowerBound.of(problem)),
            clairvoyant: TimeSpan(nanoseconds: clairvoyant), makespans: makespans)
    }

    private func makespan(
        _ problem: SchedulingProblem, after others: [SchedulingProblem], statesRunTimes: Bool,
        seed: UInt64
    ) -> Int64 {
        var experiment = CoreExperiment(for: problem, seed: seed)
        for other in others { _ = experiment.run(other, statesRunTimes: statesRunTimes) }
        return experiment.run(problem, statesRunTimes: statesRunTimes)
    }
}
