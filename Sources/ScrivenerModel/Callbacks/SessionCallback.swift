// What has become of a session's callbacks, as people see it. Never a secret, and of a URL what may
// be shown.

/// The callbacks of a session.
public struct SessionCallbackList: Sendable, Equatable, Codable {
    /// In the order of the plan.
    public var callbacks: [SessionCallback]

    public init(callbacks: [SessionCallback]) { self.callbacks = callbacks }
}

/// One callback, and what it was told.
public struct SessionCallback: Sendable, Equatable, Codable {
    /// Without its query.
    public var url: String
    public var events: [CallbackEvent]
    /// Whether it answered 410: it is told nothing more.
    public var gone: Bool
    public var pending: Int
    public var delivered: Int
    public var givenUp: Int
    /// When the first of those that are pending is tried next. Absent when nothing is pending.
    public var nextTryAt: WallTime?
    /// The latest messages, the newest first; `maximumDeliveries` at most.
    public var deliveries: [CallbackDelivery]

    public static let maximumDeliveries = 100

    public init(
        url: String, events: [CallbackEvent], gone: Bool = false, pending: Int = 0,
        delivered: Int = 0, givenUp: Int = 0, nextTryAt: WallTime? = nil,
        deliveries: [CallbackDelivery] = []
    ) {
        self.url = url
        self.events = events
        self.gone = gone
        self.pending = pending
        self.delivered = delivered
        self.givenUp = givenUp
        self.nextTryAt = nextTryAt
        self.deliveries = deliveries
    }

    enum CodingKeys: String, CodingKey {
        case url, events, gone, pending, delivered, deliveries
        case givenUp = "given_up"
        case nextTryAt = "next_try_at"
    }
}
