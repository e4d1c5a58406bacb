// People and programs that ask for things. What got no answer is asked again, as somebody would
// whose connection broke; an id that exists by then means that the first request was accepted.

import ScrivenerCore
import ScrivenerModel

/// Who waits for what.
struct SimulatedClients {
    var pending: [ReplyToken: ClientAction] = [:]
    var lastToken: UInt64 = 0
    /// Sessions that were acknowledged.
    var acknowledged: Set<String> = []
    /// Sessions whose submission was tried.
    var begun: Set<String> = []
    /// How many of them are not acknowledged yet.
    var unfinished = 0
    private var dropped: [ClientAction] = []

    mutating func token(for action: ClientAction) -> ReplyToken {
        lastToken += 1
        pending[ReplyToken(lastToken)] = action
        return ReplyToken(lastToken)
    }

    mutating func coordinatorDied() {
        dropped = pending.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value)
        pending = [:]
    }

    /// What has to be asked again.
    mutating func takeUnanswered() -> [ClientAction] {
        defer { dropped = [] }
        return dropped.filter {
            [.submit, .rerun, .cancel, .pause, .pauseNow, .resume].contains($0.kind)
        }
    }
}

extension World {
    func act(_ action: ClientAction) {
        var action = action
        let session = scenario.sessions[action.session]
        if action.kind == .submit, clients.begun.insert(session.id).inserted {
            clients.unfinished += 1
        }
        action.knewOfSession = clients.acknowledged.contains(id(of: action))
        guard let process = coordinator else { return again(action) }
        let request: OrchestratorEvent
        var payload: PlanPayload?
        switch action.kind {
        case .submit:
            // The gateway looks into the archive first.
            guard !disk.archived.contains(session.id) else { return accept(action) }
            let (plan, bytes) = PlanCompiler.compile(
                session.plan, sessionID: session.id, defaults: OrchestrationConfig())
            request = .submit(plan, clients.token(for: action))
            payload = bytes
        case .rerun:
            guard !disk.archived.contains(id(of: action)) else { return accept(action) }
            request = .rerun(rerun(action), clients.token(for: action))
        case .cancel: request = .cancel(sessionID: session.id, clients.token(for: action))
        case .watch: request = .watch(sessionID: session.id, clients.token(for: action))
        case .read: request = .query(.session(id: session.id), clients.token(for: action))
        case .snapshot: request = .query(.snapshot(id: session.id), clients.token(for: action))
        case .explain:
            let task = random.pick(session.plan.tasks)?.taskID ?? ""
            request = .query(
                .explain(sessionID: session.id, taskID: task), clients.token(for: action))
        case .list: request = .query(.openSessions, clients.token(for: action))
        case .workers: request = .query(.workers, clients.token(for: action))
        default: request = steering(action, session)
        }
        note("somebody asks: \(action.kind) \(id(of: action))")
        process.requests.append((request, payload))
        planTurn(in: random.span(microseconds: 10...500))
    }

    private func steering(
        _ action: ClientAction, _ session: SessionBlueprint
    ) -> OrchestratorEvent {
        let token = clients.token(for: action)
        switch action.kind {
        case .pause: return .pause(sessionID: session.id, .finish, token)
        case .pauseNow: return .pause(sessionID: session.id, .now, token)
        case .resume: return .resume(sessionID: session.id, token)
        case .prioritize:
            let task = random.chance(0.6) ? random.pick(session.plan.tasks)?.taskID : nil
            return .prioritize(
                sessionID: session.id, taskID: task, priority: random.within(1...10), token)
        case .drainWorker:
            return .drainWorker(id: random.pick(workers)?.name ?? "", token)
        case .diagnose: return .query(.diagnose(sessionID: session.id), token)
        default:
            return .query(
                random.pick([
                    .orchestratorStatus, .registryStatus, .agents,
                    .agentMetrics(name: "all", since: nil, step: .zero),
                ]) ?? .agents, token)
        }
    }

    private func again(_ action: ClientAction) {
        plan(.client(action), in: random.span(milliseconds: 300...1_500))
    }

    private func accept(_ action: ClientAction) {
        let id = id(of: action)
        if clients.acknowledged.insert(id).inserted { clients.unfinished -= 1 }
    }

    func answer(_ token: ReplyToken, _ reply: Reply) {
        guard let action = clients.pending.removeValue(forKey: token) else {
            return report(.answer, "an answer that nobody waits for: \(reply)")
        }
        checkAnswer(reply, to: action)
        switch (action.kind, reply) {
        case (.submit, .session), (.rerun, .session): accept(action)
        case (.submit, .refused(let error)) where error.code == .sessionExists,
            (.rerun, .refused(let error)) where error.code == .sessionExists:
            accept(action)
        case (.submit, .refused), (.rerun, .refused): again(action)
        case (.submit, _), (.rerun, _):
            report(.answer, "a submission was answered with \(reply)")
        case (.pause, .session), (.pauseNow, .session):
            let resume = ClientAction(kind: .resume, session: action.session)
            plan(.client(resume), in: random.span(milliseconds: 0...6_000))
        default: return
        }
    }
}
