// Who is told of a session's life, as its plan says.

/// A URL that is told of a session's events.
public struct PlanCallback: Sendable, Equatable {
    public var url: CallbackURL
    /// What it is told of, at least one; the session's end when the plan does not say.
    public var events: [CallbackEvent]
    /// What its messages are signed with.
    public var secret: CallbackSecret

    public init(
        url: CallbackURL, events: [CallbackEvent] = CallbackEvent.ends, secret: CallbackSecret
    ) {
        self.url = url
        self.events = events
        self.secret = secret
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case url, events, secret
    }
}

/// As part of a plan that is to be submitted: no answer of a coordinator has one.
extension PlanCallback: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(url.text, forKey: .url)
        if events != CallbackEvent.ends { try container.encode(events, forKey: .events) }
        try container.encode(secret.text, forKey: .secret)
    }
}
