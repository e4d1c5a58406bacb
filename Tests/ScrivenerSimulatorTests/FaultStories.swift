// Each kind of fault alone: it happens, it shows in the story, and every promise holds.

import ScrivenerModel
import ScrivenerSimulator
import Testing

@Suite struct FaultStories {
    @Test(arguments: FaultKind.allCases) func eachAlone(kind: FaultKind) {
        var sightings = 0
        for seed in UInt64(1)...20 {
            var options = SimulationOptions(seed: seed)
            options.faults = .only([kind])
            let report = Simulation.run(options, isTraced: true)
            #expect(report.violations.isEmpty, told(report))
            sightings += report.trace.count { $0.contains(Self.sign(of: kind)) }
        }
        #expect(sightings > 0, "\(kind) was never seen")
    }

    /// What the trace says when a fault strikes.
    private static func sign(of kind: FaultKind) -> String {
        switch kind {
        case .partition, .oneWayPartition: "nothing passes"
        case .connectionReset: "is reset"
        case .slowNetwork: "is slow"
        case .unreliableMessages: "is lost"
        case .workerCrash: "dies"
        case .workerVanish: "vanishes"
        case .workerPause: "is stopped"
        case .workerFlap: "flaps"
        case .workerDrain: "told to drain"
        case .workerZombie: "to be replaced"
        case .coordinatorPause: "the coordinator is stopped"
        case .coordinatorCrash: "the coordinator dies"
        case .slowDisk: "the disk is slow"
        case .fullDisk: "the disk is full"
        case .wallClockJump: "wall clock jumps"
        case .lies: "the liar speaks"
        case .overflow: "does not read"
        case .agentFailures: ": transient"
        case .hangingAgents: "hangs"
        case .stubbornAgents: "takes its time"
        case .poisonTasks: "kills"
        case .sickAgents: "cannot start"
        }
    }

    /// A worker dies with work in hand: its lease runs out, the work is done elsewhere, once.
    @Test func workIsDoneAgainAfterALoss() {
        let lines = traces(.workerVanish, 1...20)
        #expect(lines.contains { $0.contains("ended: workerLost, requeue") })
    }

    /// A stopped worker wakes up after another took its name: it is told to go.
    @Test func zombiesAreFenced() {
        let lines = traces(.workerZombie, 1...20)
        #expect(lines.contains { $0.contains("refused: worker_superseded") })
    }

    /// The coordinator dies; what ran meanwhile is adopted, and its results are taken.
    @Test func workIsAdoptedAfterARestart() {
        let lines = traces(.coordinatorCrash, 1...60)
        #expect(
            lines.contains {
                $0.contains("→ register, running ") && !$0.contains("running nothing")
            })
    }

    /// Attempts run into their timeout, are stopped, and are tried again.
    @Test func timeoutsEndAttempts() {
        let lines = traces(.hangingAgents, 1...20)
        #expect(lines.contains { $0.contains("failed(ScrivenerModel.FailureClass.timeout)") })
    }

    /// Some tasks kill whoever executes them, and nothing else goes wrong: they are given up, and no
    /// other task is, however often it stood beside them.
    @Test func onlyKillersAreGivenUp() {
        let lines = traces(.poisonTasks, 1...150)
        let killers = Set(lines.filter { $0.contains(" kills ") }.compactMap(Self.task))
        let givenUp = Set(lines.filter { $0.contains(": quarantined") }.compactMap(Self.task))
        let suspects = Set(lines.filter { $0.contains(": isolated") }.compactMap(Self.task))
        #expect(givenUp.count > 2)
        #expect(givenUp.isSubset(of: killers))
        #expect(!suspects.isSubset(of: killers))
    }

    /// The seed's run, and the task that a line names as in `1/3#2`.
    private static func task(in line: String) -> String? {
        line.split(separator: " ").first { $0.contains("#") }.map {
            "\(line.prefix { $0 != " " }) \($0.prefix { $0 != "#" })"
        }
    }

    private func traces(_ kind: FaultKind, _ seeds: ClosedRange<UInt64>) -> [String] {
        seeds.flatMap { seed in
            var options = SimulationOptions(seed: seed)
            options.faults = .only([kind])
            return Simulation.run(options, isTraced: true).trace.map { "\(seed) \($0)" }
        }
    }
}
