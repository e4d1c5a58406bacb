// Thousands of seeded steps, honest and hostile, with a recount after each; and at the end of every
// run the weather turns, and everything has to end.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

extension Storm {
    /// One random thing happens.
    mutating func gust() {
        let worker = roll(workers.count)
        switch roll(isHostile ? 24 : 19) {
        case 0, 1: if core.openSessionCount < 6 { submit(timeout: roll(5) == 0 ? 4 : nil) }
        case 2, 3, 4, 5, 6:
            if let attempt = workers[worker].running.randomElement(using: &random) {
                finish(attempt, of: worker, failure: failure())
            }
        case 7: beat(worker)
        case 8: pass(.milliseconds(Int64(roll(1_500))))
        case 9: everybodyBeats()
        case 10: if roll(3) == 0 { cancelOne() }
        case 11: disturb(worker)
        case 12: sendAgain(worker)
        case 13: ask()
        case 14: if roll(8) == 0 { workers[worker].crash(); register(worker) }
        case 15: steer()
        case 16: sicken(worker)
        case 17: keepCheckpoint(worker)
        case 18: if roll(10) == 0 { handle(.drainWorker(id: "w\(roll(4))", ReplyToken(0))) }
        default: attack()
        }
        if roll(4) > 0 { deliver() }
    }

    private mutating func failure() -> FailureClass? {
        roll(3) == 0 ? FailureClass.allCases.randomElement(using: &random) : nil
    }

    private mutating func everybodyBeats() {
        for index in workers.indices { beat(index) }
    }

    private mutating func cancelOne() {
        handle(.cancel(sessionID: "s\(max(0, submitted - roll(6)))", ReplyToken(0)))
    }

    /// Somebody holds a session, lets it go, or changes what is urgent in it.
    private mutating func steer() {
        let id = "s\(max(0, submitted - roll(6)))"
        switch roll(6) {
        case 0: handle(.pause(sessionID: id, .finish, ReplyToken(0)))
        case 1: handle(.pause(sessionID: id, .now, ReplyToken(0)))
        case 2, 3: handle(.resume(sessionID: id, ReplyToken(0)))
        default:
            let task = roll(2) == 0 ? nil : "t\(roll(8))"
            handle(
                .prioritize(sessionID: id, taskID: task, priority: roll(12), ReplyToken(0)))
        }
    }

    /// An agent fails, recovers, or is unwell.
    private mutating func sicken(_ index: Int) {
        let states = AgentHealth.State.allCases
        workers[index].health = workers[index].offers.indices.map {
            AgentHealth(
                agentIndex: Int32($0),
                state: roll(2) == 0 ? .ready : states[roll(states.count)], message: "so it says")
        }
        beat(index)
    }

    private mutating func keepCheckpoint(_ index: Int) {
        guard let connection = workers[index].connection,
            let attempt = workers[index].running.randomElement(using: &random)
        else { return }
        let payload = PayloadHandle(row: Int64(roll(100)), offset: 0, length: 1)
        handle(.checkpoints(connection, epoch: workers[index].epoch, [(attempt, payload)]))
    }

    /// The line breaks, the worker leaves, or gives back what it has not begun.
    private mutating func disturb(_ index: Int) {
        guard let connection = workers[index].connection else { return register(index) }
        let epoch = workers[index].epoch
        switch roll(6) {
        case 0: workers[index].connection = nil
        case 1: handle(roll(4) == 0 ? .overflowed(connection) : .unroutable(connection))
        case 2: handle(.draining(connection, epoch: epoch))
        case 3:
            if let attempt = workers[index].running.last { handBack([attempt], of: index) }
        case 4 where roll(4) == 0:
            workers[index].crash()
            handle(.goodbye(connection, epoch: epoch))
        default: register(index)
        }
    }

    private mutating func ask() {
        let id = "s\(max(0, submitted - roll(4)))"
        let queries: [Query] = [
            .session(id: id), .snapshot(id: id), .openSessions, .workers, .diagnose(sessionID: id),
            .orchestratorStatus, .registryStatus, .agents,
            .agentMetrics(name: "work", since: nil, step: .seconds(1)),
        ]
        switch roll(4) {
        case 0...2: handle(.query(queries[roll(queries.count)], ReplyToken(0)))
        default: handle(.unwatch(session: Int64(roll(10))))
        }
    }

    // MARK: Lies

    private mutating func number<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
        [0, 1, 2, 3, -1, .max, .min, .max - 1][roll(8)]
    }

    private mutating func garbage() -> AttemptReference {
        AttemptReference(
            session: number(Int64.self), task: number(Int32.self), attempt: number(Int32.self))
    }

    private mutating func attack() {
        let victim = roll(workers.count)
        let connection = workers[victim].connection ?? ConnectionID(UInt64(roll(50)))
        let epoch = roll(2) == 0 ? workers[victim].epoch : number(Int64.self)
        switch roll(7) {
        case 0:
            let lie = EndedAttempt(
                attempt: garbage(), runTime: TimeSpan(nanoseconds: number(Int64.self)),
                failure: failure(), peakMemoryBytes: number(Int64.self),
                record: ResultHandle(row: 0, offset: 0, payloadLength: 0, annexLength: 0),
                summary: FindingsSummary(sources: number(Int32.self), insights: .max))
            handle(.results(connection, epoch: epoch, [lie, lie]))
        case 1:
            handle(.released(connection, epoch: epoch, [garbage(), garbage()]))
            let payload = PayloadHandle(row: 1, offset: 0, length: 1)
            handle(.checkpoints(connection, epoch: epoch, [(garbage(), payload)]))
        case 2:
            handle(
                .heartbeat(
                    connection,
                    WorkerHeartbeat(
                        epoch: epoch, sequence: number(Int64.self), held: number(Int32.self),
                        memoryBytes: number(Int64.self),
                        progress: [
                            AttemptProgress(
                                attempt: garbage(), permille: number(Int32.self), message: "")
                        ],
                        health: [AgentHealth(agentIndex: number(Int32.self), state: .failed)])))
        case 3: handle(.unroutable(ConnectionID(UInt64(roll(50)))))
        case 4: handle(.goodbye(ConnectionID(UInt64(roll(50))), epoch: epoch))
        case 5: handle(.register(ConnectionID(UInt64(1_000 + roll(3))), stranger()))
        default: stealAnother(worker: victim)
        }
    }

    private mutating func stranger() -> WorkerRegistration {
        WorkerRegistration(
            workerID: "stranger\(roll(3))", incarnation: number(Int64.self),
            registrationNumber: number(Int64.self), host: "", processID: number(Int32.self),
            softwareVersion: "",
            protocolRange: ProtocolRange(minimum: number(Int.self), maximum: number(Int.self)),
            journalID: roll(2) == 0 ? "" : "another",
            agents: offers("alien*\(roll(2)) odd*1" + (roll(4) == 0 ? " odd*1" : "")),
            health: [AgentHealth(agentIndex: number(Int32.self), state: .degraded)],
            resources: [
                ResourceAmount(name: "gpu", amount: number(Int64.self)),
                ResourceAmount(name: "memory_mib", amount: number(Int64.self)),
            ],
            running: [garbage()] + workers.flatMap(\.running), outbox: [garbage()],
            taken: TakenDispatches(epoch: number(Int64.self), number: number(Int64.self)))
    }

    /// A worker reports what another one runs.
    private mutating func stealAnother(worker: Int) {
        guard let connection = workers[worker].connection else { return }
        let others = workers.enumerated().filter { $0.offset != worker }.flatMap(\.element.running)
        guard let attempt = others.randomElement(using: &random) else { return }
        let lie = EndedAttempt(
            attempt: attempt, runTime: .zero, failure: nil,
            record: ResultHandle(row: 0, offset: 0, payloadLength: 0, annexLength: 0))
        handle(.results(connection, epoch: workers[worker].epoch, [lie]))
        handle(.released(connection, epoch: workers[worker].epoch, [attempt]))
    }
}

@Suite struct RandomRunTests {
    /// Whatever happens, nothing that is counted is ever wrong, and in fair weather all ends.
    @Test(arguments: [true, false], 1...12)
    func everythingEnds(isHostile: Bool, seed: UInt64) {
        var storm = Storm(seed: seed, isHostile: isHostile)
        for _ in 0..<250 { storm.gust() }
        storm.heal()
        #expect(storm.core.openSessionCount == 0)
        #expect(storm.archives.count == storm.submitted)
        #expect(Set(storm.archives.map(\.session.sessionID)).count == storm.submitted)
        #expect(storm.archives.allSatisfy { $0.tasks.allSatisfy(\.status.isTerminal) })
    }

    /// The same events at the same moments: the same facts and effects, whatever order the hash
    /// tables of this run have.
    @Test(arguments: 1...4) func theSameSeedGivesTheSameRun(seed: UInt64) {
        var (one, two) = (Storm(seed: seed, isHostile: true), Storm(seed: seed, isHostile: true))
        for _ in 0..<200 {
            one.gust()
            two.gust()
        }
        #expect(one.transcript == two.transcript)
        #expect(one.facts.map(\.fact) == two.facts.map(\.fact))
        #expect(one.transcript.count > 100)
    }
}
