// A seed stands for one run. What would be worse than a failure that cannot be seen again?

import ScrivenerModel
import ScrivenerSimulator
import Testing

@Suite struct DeterminismTests {
    @Test func aSeedIsARun() {
        for seed in UInt64(1)...20 {
            let options = SimulationOptions(seed: seed)
            let (one, two) = (Simulation.run(options), Simulation.run(options, isTraced: true))
            #expect(one.digest == two.digest && one.eventCount == two.eventCount)
        }
    }

    /// Looking closely changes nothing, line by line.
    @Test func tracesAreEqual() {
        let options = SimulationOptions(seed: 7)
        let (one, two) = (
            Simulation.run(options, isTraced: true), Simulation.run(options, isTraced: true)
        )
        #expect(one.trace == two.trace && one.trace.count > 50)
    }

    /// An administrator sets the clock back by months: no deadline, no decision changes.
    @Test func theWallClockChangesNothing() {
        for seed in UInt64(1)...15 {
            var options = SimulationOptions(seed: seed)
            options.faults = .only([.wallClockJump, .workerCrash, .coordinatorCrash])
            let one = Simulation.run(options)
            options.ignoresWallClockJumps = true
            #expect(one.digest == Simulation.run(options).digest)
        }
    }

    /// Bytes in between change nothing either.
    @Test func theWireChangesNothing() {
        for seed in UInt64(1)...10 {
            var options = SimulationOptions(seed: seed)
            options.faults = .only([.partition, .workerCrash, .agentFailures])
            let one = Simulation.run(options)
            options.throughWire = true
            #expect(one.digest == Simulation.run(options).digest)
        }
    }

    @Test func differentSeedsDiffer() {
        let digests = (UInt64(1)...30).map { Simulation.run(SimulationOptions(seed: $0)).digest }
        #expect(Set(digests).count == 30)
    }

    /// However the seeds are dealt out, the sum is the same.
    @Test func campaignsAddUp() async {
        let options = SimulationOptions(seed: 0)
        let narrow = await SimulationCampaign(seeds: 1...40, options: options, width: 1).run()
        let wide = await SimulationCampaign(seeds: 1...40, options: options, width: 4).run()
        #expect(narrow.seedCount == 40 && wide.seedCount == 40)
        #expect(narrow.eventCount == wide.eventCount)
        #expect(narrow.failures.isEmpty && wide.failures.isEmpty)
    }
}
