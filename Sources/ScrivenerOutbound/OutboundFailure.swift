// Answers and errors of services, as failures of the agents that asked them: `docs/agents.md` has the table.

package import ScrivenerModel

extension OutboundError {
    /// What the failure of an attempt is called that had asked.
    package var agentFailure: AgentFailure {
        let (failureClass, code): (FailureClass, String) =
            switch self {
            case .invalidURL: (.permanent, "url_invalid")
            case .refused: (.permanent, "address_refused")
            case .unresolved, .unreachable: (.transient, "service_unreachable")
            case .broken: (.transient, "connection_failed")
            case .timedOut: (.transient, "service_timeout")
            case .tooLarge: (.permanent, "answer_too_large")
            case .tooManyRedirects, .badRedirect: (.permanent, "redirect_refused")
            }
        return AgentFailure(failureClass, code: code, message: description)
    }
}

extension OutboundHead {
    /// What the failure of an attempt is called that was answered so; `nil` for a success.
    ///
    /// - Parameter detail: what the service said of it, for people; cut to 300 bytes.
    package func agentFailure(detail: String = "") -> AgentFailure? {
        guard !isSuccess else { return nil }
        let failureClass: FailureClass =
            switch status {
            case 408, 425, 429, 500...599: .transient
            case 400, 413, 415, 422: .invalidInput
            default: .permanent
            }
        let said = detail.isEmpty ? "" : ": \(detail.beginning(ofBytes: 300))"
        let wait = retryAfter.map { "; to be asked again after \($0.seconds) s" } ?? ""
        return AgentFailure(
            failureClass, code: "answer_\(status)",
            message: "\(url) answered \(status)\(said)\(wait)")
    }
}
