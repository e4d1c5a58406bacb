// What goes wrong with a coordinator elsewhere, in the words of the catalogue.

import ScrivenerClient
import ScrivenerModel

extension APIError {
    /// When the coordinator says that it is worth trying again.
    var retryAfterSeconds: Int? {
        guard case .problem(let problem, _) = self else { return nil }
        return problem.retryAfterSeconds
    }
}

extension ScrivenerError {
    init(_ error: APIError) {
        switch error {
        case .refused(let address):
            self.init(
                .coordinatorUnreachable, "no coordinator answers at \(address): refused")
        case .unresolved(let address, let reason):
            self.init(
                .coordinatorUnreachable, "the host of \(address) cannot be found: \(reason)")
        case .untrusted(let address, let reason):
            self.init(
                .coordinatorUnreachable,
                "there is no TLS connection to \(address) that can be trusted: \(reason)")
        case .broken(let address, let reason):
            self.init(
                .coordinatorUnreachable,
                "the coordinator at \(address) gave no complete answer: \(reason)")
        case .closed: self.init(.shuttingDown, "the orchestrator has ended")
        case .problem(let problem, let request): self.init(problem, request: request)
        case .unreadable(let request, let reason):
            self.init(
                .answerUnreadable,
                "the answer to \(request) is not what this version expects: \(reason)")
        }
    }

    /// - Parameter request: named where the answer has no code: then something in between has given it, or
    ///   a coordinator that is newer than this program.
    private init(_ problem: APIProblem, request: String) {
        let said = problem.detail ?? problem.title ?? "no reason given"
        guard let code = problem.code.flatMap({ ErrorCode(rawValue: $0) }) else {
            let status = problem.status ?? 0
            let name = problem.code.map { "\($0): " } ?? ""
            self.init(
                (500..<600).contains(status) ? .coordinatorUnreachable : .answerUnreadable,
                "\(request) was answered with HTTP \(status): \(name)\(said)",
                retryAfterSeconds: problem.retryAfterSeconds)
            return
        }
        let mistakes = (problem.errors ?? []).map { mistake in
            Mistake(
                mistake.code.flatMap { ErrorCode(rawValue: $0) } ?? code, at: mistake.pointer ?? "",
                mistake.message ?? "", limit: mistake.limit, actual: mistake.actual)
        }
        self.init(
            code, said, mistakes: mistakes, retryAfterSeconds: problem.retryAfterSeconds)
    }
}
