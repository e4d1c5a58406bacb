// What an agent says of itself in its card, as far as somebody has to know it who sends it a message.

import ScrivenerInterop
import ScrivenerModel
import ScrivenerOutbound

struct A2ARemoteCard: Sendable, Equatable {
    /// Where messages go.
    let endpoint: OutboundURL
    /// What stands as `tenant` in each request.
    let tenant: String?
    let isStreaming: Bool

    /// - Parameters:
    ///   - url: where the card is. It may send nobody to another server: that could be any.
    ///   - endpoint: where messages go instead.
    init(
        _ card: JSONValue, at url: OutboundURL, endpoint: OutboundURL?
    ) throws(AgentFailure) {
        guard case .object = card, let interfaces = card["supportedInterfaces"]?.arrayValue else {
            throw Self.unusable("what is at \(url) is no agent card of revision 1.0")
        }
        let found = interfaces.first {
            $0["protocolBinding"] == .string(A2AProtocol.binding)
                && $0["protocolVersion"] == .string(A2AProtocol.version)
        }
        guard let found else {
            throw Self.unusable(
                "the agent offers no \(A2AProtocol.binding) of revision \(A2AProtocol.version)")
        }
        tenant = found["tenant"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        isStreaming = card["capabilities"]?["streaming"] == .bool(true)
        if let endpoint {
            self.endpoint = endpoint
        } else {
            self.endpoint = try Self.endpoint(found["url"]?.stringValue ?? "", url)
        }
    }

    private static func endpoint(
        _ text: String, _ card: OutboundURL
    ) throws(AgentFailure) -> OutboundURL {
        let url: OutboundURL
        do throws(OutboundError) {
            url = try OutboundURL(text)
        } catch {
            throw unusable("the card's URL cannot be asked")
        }
        guard url.origin == card.origin else {
            throw unusable(
                "the card sends messages to \(url.origin), which is another server than its own; "
                    + "endpoint says where they go")
        }
        return url
    }

    private static func unusable(_ reason: String) -> AgentFailure {
        AgentFailure(.permanent, code: "a2a_card", message: reason)
    }
}
