// What can go wrong in a world. Each seed enables a random subset with random intensities ("swarm
// testing", Groce et al., ISSTA 2012): a run with everything at once hides what two faults alone
// would show, and some seeds have none.

import ScrivenerCore
import ScrivenerModel

/// A kind of fault.
package enum FaultKind: String, Sendable, CaseIterable, Equatable {
    /// Nothing passes between a worker and the coordinator for a while.
    case partition
    /// The same in one direction.
    case oneWayPartition = "one-way-partition"
    /// A connection is reset; what was on its way is lost.
    case connectionReset = "connection-reset"
    /// A worker's messages take up to seconds.
    case slowNetwork = "slow-network"
    /// Single messages are lost, doubled, overtaken, or come from a connection that is over: harsher than
    /// any connection behaves.
    case unreliableMessages = "unreliable-messages"
    /// A worker's process dies and is started again.
    case workerCrash = "worker-crash"
    /// A worker's host vanishes without a word.
    case workerVanish = "worker-vanish"
    /// A worker's process is stopped and goes on later.
    case workerPause = "worker-pause"
    /// A worker crashes again and again.
    case workerFlap = "worker-flap"
    /// A worker is told to leave in good order.
    case workerDrain = "worker-drain"
    /// A stopped worker is replaced by a newer process of its name, and wakes up later.
    case workerZombie = "worker-zombie"
    case coordinatorPause = "coordinator-pause"
    case coordinatorCrash = "coordinator-crash"
    case slowDisk = "slow-disk"
    case fullDisk = "full-disk"
    /// The wall clock jumps. Must change nothing.
    case wallClockJump = "wall-clock-jump"
    /// A worker tells of attempts that are not its own, and worse.
    case lies
    /// A peer is given up because it does not read.
    case overflow
    /// Attempts fail, in all classes.
    case agentFailures = "agent-failures"
    /// Attempts run into their timeout.
    case hangingAgents = "hanging-agents"
    /// Agents go on for a while after they were told to stop.
    case stubbornAgents = "stubborn-agents"
    /// Tasks kill the process that executes them.
    case poisonTasks = "poison-tasks"
    /// Agents fail to start, fail their health checks, or say that they are not at their best.
    case sickAgents = "sick-agents"

    /// Faults that strike now and then, as against those that hold all the time.
    var strikes: Bool {
        switch self {
        case .unreliableMessages, .agentFailures, .hangingAgents, .stubbornAgents, .sickAgents,
            .poisonTasks:
            false
        default: true
        }
    }
}

/// Which faults a run has.
package enum FaultSelection: Sendable, Equatable {
    /// A subset that the seed chooses.
    case swarm
    case none
    case only([FaultKind])
}

/// A fault that a run has, and how much of it.
struct EnabledFault: Sendable {
    var kind: FaultKind
    /// Between two strikes, on average.
    var interval: TimeSpan
    /// 0…1, for those that hold all the time.
    var rate: Double

    static func choose(
        _ selection: FaultSelection, random: inout SeededGenerator
    ) -> [EnabledFault] {
        let kinds: [FaultKind] =
            switch selection {
            case .none: []
            case .only(let kinds): kinds
            case .swarm: swarm(&random)
            }
        return kinds.map { kind in
            EnabledFault(
                kind: kind, interval: random.span(milliseconds: 1_000...12_000),
                rate: 0.02 + 0.3 * random.unit() * random.unit())
        }
    }

    private static func swarm(_ random: inout SeededGenerator) -> [FaultKind] {
        guard !random.chance(0.08) else { return [] }
        let probability = 0.08 + 0.5 * random.unit()
        // Added by the scenario, so that seeds stay what they were before there was any.
        return FaultKind.allCases.filter { $0 != .poisonTasks }.filter { kind in
            // What no connection does has to be rare: it excuses much.
            random.chance(kind == .unreliableMessages ? probability * 0.3 : probability)
        }
    }
}
