// A worker that tells of attempts that are not its own, of ones that never were, and in epochs that
// are not its. It has a connection and may register; nothing that it says may count.

import ScrivenerCore
import ScrivenerModel

extension World {
    func tellLie() {
        guard let liar = workers.first(where: \.isLiar) else {
            let offer = AgentOffer(name: "alien", capabilities: ["nothing"], slots: 3)
            let liar = addWorker(
                WorkerBlueprint(name: "liar", offers: [offer], speed: 1, clockOffset: .zero),
                isLiar: true)
            return start(liar)
        }
        guard liar.core != nil else { return start(liar) }
        let attempts = stolenAttempts
        note("the liar speaks", liar.subject)
        send(lie(of: attempts, liar), from: liar)
    }

    private func lie(of attempts: [AttemptReference], _ liar: SimulatedWorker) -> WorkerMessage {
        let epoch = random.chance(0.7) ? liar.epoch : Int64(random.within(0...100))
        switch random.below(7) {
        case 0, 1: return .register(registration(of: liar, claiming: attempts))
        case 2, 3:
            let items = attempts.map {
                AttemptResult(
                    attempt: $0, runTime: .zero,
                    result: AgentResult(payload: RawJSON("\"a lie\"")))
            }
            return .results(ResultBatch(epoch: epoch, items: items))
        case 4: return .released(epoch: epoch, attempts: attempts)
        case 5:
            return .heartbeat(
                WorkerHeartbeat(
                    epoch: epoch, sequence: Int64(random.below(1_000)),
                    held: Int32(random.below(50))))
        default: return random.chance(0.5) ? .draining(epoch: epoch) : .goodbye(epoch: epoch)
        }
    }

    private func registration(
        of liar: SimulatedWorker, claiming attempts: [AttemptReference]
    ) -> WorkerRegistration {
        let isOdd = random.chance(0.2)
        let hasDied = random.chance(0.5)
        return WorkerRegistration(
            workerID: liar.name, incarnation: liar.incarnation + Int64(random.below(3)),
            host: "nowhere", processID: 0, softwareVersion: "0",
            protocolRange: isOdd ? ProtocolRange(minimum: 7, maximum: 9) : .current,
            journalID: random.chance(0.3) ? "another" : "",
            agents: random.chance(0.2)
                ? liar.blueprint.offers + liar.blueprint.offers : liar.blueprint.offers,
            running: hasDied ? [] : attempts, outbox: random.chance(0.5) ? attempts : [],
            taken: hasDied ? nil : TakenDispatches(epoch: liar.epoch, number: .max),
            tellsDeaths: hasDied,
            death: hasDied
                ? WorkerDeath(
                    journalID: "journal", incarnation: liar.incarnation, cause: .unknown,
                    attempts: attempts) : nil)
    }

    /// Attempts of others, and some that never were.
    private var stolenAttempts: [AttemptReference] {
        var attempts = runs.suffix(8).filter { _ in random.chance(0.5) }.map(\.attempt)
        if random.chance(0.3) {
            let session = Int64(random.below(9))
            let task = Int32(random.below(50))
            attempts.append(
                AttemptReference(session: session, task: task, attempt: Int32(random.below(4))))
        }
        if random.chance(0.1) {
            attempts.append(AttemptReference(session: .max, task: .max, attempt: .max))
        }
        return attempts
    }

    func lie(after message: CoordinatorMessage, _ liar: SimulatedWorker) {
        if case .welcome(let welcome) = message { liar.epoch = welcome.epoch }
    }
}
