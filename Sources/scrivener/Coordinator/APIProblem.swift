// What can go wrong between this program and a coordinator, and how it is told to people.

import FoundationEssentials

/// An error answer of the API: RFC 9457 with the coordinator's stable codes. Every member may be
/// missing, because a proxy in between may answer with something of its own.
struct APIProblem: Sendable, Equatable, Decodable {
    var title: String?
    var status: Int?
    var detail: String?
    var code: String?
    var errors: [Mistake]?

    /// One thing that is wrong with what was sent.
    struct Mistake: Sendable, Equatable, Decodable {
        var code: String?
        var pointer: String?
        var message: String?
        var limit: String?
        var actual: String?

        var line: String {
            var text = "\(pointer.map { $0.isEmpty ? "(document)" : $0 } ?? "?"): \(message ?? "?")"
            let bounds = [limit.map { "limit \($0)" }, actual.map { "actual \($0)" }]
                .compactMap(\.self)
            if !bounds.isEmpty { text += " (\(bounds.joined(separator: ", ")))" }
            return text + (code.map { " [\($0)]" } ?? "")
        }
    }

    /// Reads an error answer, whatever it is.
    static func read(status: Int, body: [UInt8]) -> APIProblem {
        if var problem = try? JSONDecoder().decode(APIProblem.self, from: Data(body)) {
            problem.status = status
            return problem
        }
        let text = TerminalText.cleaned(String(decoding: body.prefix(400), as: UTF8.self))
        return APIProblem(status: status, detail: text.isEmpty ? nil : text)
    }
}

/// A request that did not give what was asked for.
enum APIError: Error, Sendable, Equatable {
    /// Nobody listens there.
    case refused(CoordinatorAddress)
    /// The host has no address.
    case unresolved(CoordinatorAddress, reason: String)
    /// Connected, but no answer, or only part of one.
    case broken(CoordinatorAddress, reason: String)
    /// An answer that says no.
    case problem(APIProblem, request: String)
    /// An answer that this version does not understand.
    case unreadable(request: String, reason: String)

    /// Whether the same request may succeed soon.
    var isPassing: Bool {
        switch self {
        case .refused, .unresolved, .broken: true
        case .problem(let problem, _): [429, 502, 503, 504].contains(problem.status ?? 0)
        case .unreadable: false
        }
    }

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
        case .broken(let address, let reason):
            CommandFailure(
                "the coordinator at \(address) gave no complete answer: \(reason)",
                hint: "Is that a coordinator's HTTP port? Its /readyz says whether it is well.")
        case .problem(let problem, let request): Self.failure(problem, request: request)
        case .unreadable(let request, let reason):
            CommandFailure(
                "the answer to \(request) is not what this version expects: \(reason)",
                hint: "Are scrivener \(Scrivener.version) and the coordinator of one version?")
        }
    }

    private static func failure(_ problem: APIProblem, request: String) -> CommandFailure {
        let what = problem.detail ?? problem.title ?? "no reason given"
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
        case (_, 429), (_, 503): "The coordinator takes nothing on just now. Try again later."
        default: nil
        }
    }
}
