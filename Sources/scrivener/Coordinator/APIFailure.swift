// What went wrong between this program and a coordinator, as people are told.

import ScrivenerClient

extension APIError {
    var failure: CommandFailure {
        switch self {
        case .refused(let address):
            CommandFailure(
                "no coordinator answers at \(address): connection refused",
                hint: "Is the coordinator running? Start one with: scrivener cluster up\n"
                    + "Is it elsewhere? Give --coordinator URL or set "
                    + CoordinatorAddress.environmentName + ".")
        case .unresolved(let address, let reason):
            CommandFailure(
                "the host of \(address) cannot be found: \(reason)",
                hint: "Check --coordinator and \(CoordinatorAddress.environmentName).")
        case .untrusted(let address, let reason):
            CommandFailure(
                "there is no TLS connection to \(address) that can be trusted: \(reason)",
                hint: "Is its certificate from an authority of your own? --ca-certificate FILE "
                    + "names it.\nHas it TLS at all? Then its URL begins with https.")
        case .broken(let address, let reason):
            CommandFailure(
                "the coordinator at \(address) gave no complete answer: \(reason)",
                hint: "Is that a coordinator's HTTP port? Its /readyz says whether it is well.")
        case .closed(let address):
            CommandFailure("the connection to \(address) was closed before the answer")
        case .problem(let problem, let request): Self.failure(problem, request: request)
        case .unreadable(let request, let reason):
            CommandFailure(
                "the answer to \(request) is not what this version expects: \(reason)",
                hint: "Are scrivener \(Scrivener.version) and the coordinator of one version?")
        }
    }

    private static func failure(_ problem: APIProblem, request: String) -> CommandFailure {
        let what = TerminalText.cleaned(problem.detail ?? problem.title ?? "no reason given")
        let code = problem.code.map { " [\($0)]" } ?? ""
        let lines = (problem.errors ?? []).map { "\n  " + $0.line }.joined()
        let status = problem.status ?? 0
        let answered = lines.isEmpty ? " (\(request): HTTP \(status))" : ""
        return CommandFailure(what + code + answered + lines, hint: hint(problem, status: status))
    }

    private static func hint(_ problem: APIProblem, status: Int) -> String? {
        switch (problem.code, status) {
        case ("session_not_found", _): "scrivener session list shows the sessions there are."
        case ("task_not_found", _): "scrivener session tasks ID shows the tasks there are."
        case ("worker_not_found", _): "scrivener worker list shows the workers there are."
        case ("agent_not_found", _): "scrivener agent list shows the agents there are."
        case ("session_exists", _): "Leave session_id out of the plan, or choose another."
        case ("token_missing", _), ("token_invalid", _):
            "--token-file FILE or \(ClientAccess.tokenVariable) names the file of a token.\n"
                + "On the coordinator's host, scrivener keys api-token NAME makes one."
        case ("scope_missing", _): "Whoever runs the coordinator can make a token of that scope."
        case ("host_not_allowed", _):
            "Use the coordinator's address, or start it with --allowed-host NAME."
        case (_, 429), (_, 503): "The coordinator takes nothing on just now. Try again later."
        default: nil
        }
    }
}

extension APIProblem.Mistake {
    var line: String {
        var text = "\(pointer.map { $0.isEmpty ? "(document)" : $0 } ?? "?"): \(message ?? "?")"
        let bounds = [limit.map { "limit \($0)" }, actual.map { "actual \($0)" }]
            .compactMap(\.self)
        if !bounds.isEmpty { text += " (\(bounds.joined(separator: ", ")))" }
        return text + (code.map { " [\($0)]" } ?? "")
    }
}
