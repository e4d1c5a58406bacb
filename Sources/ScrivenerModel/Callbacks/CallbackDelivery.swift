// One message to a callback, as people see it.

/// A message to a callback, and what became of it.
public struct CallbackDelivery: Sendable, Equatable, Codable {
    /// What a message has come to.
    public enum State: String, Sendable, Codable, CaseIterable {
        /// It is tried, or waits for those before it.
        case pending
        /// Answered with 2xx.
        case delivered
        /// Not tried any more.
        case givenUp = "given_up"
    }

    /// The header `webhook-id`: the same in every attempt.
    public var id: String
    public var type: CallbackEvent
    public var state: State
    /// When the event was.
    public var at: WallTime
    public var attempts: Int
    public var lastTriedAt: WallTime?
    /// The status of the last answer. Absent when the last attempt had none.
    public var lastStatus: Int?
    /// Why the last attempt failed.
    public var lastError: String?

    public init(
        id: String, type: CallbackEvent, state: State, at: WallTime, attempts: Int,
        lastTriedAt: WallTime? = nil, lastStatus: Int? = nil, lastError: String? = nil
    ) {
        self.id = id
        self.type = type
        self.state = state
        self.at = at
        self.attempts = attempts
        self.lastTriedAt = lastTriedAt
        self.lastStatus = lastStatus
        self.lastError = lastError
    }

    enum CodingKeys: String, CodingKey {
        case id, type, state, at, attempts
        case lastTriedAt = "last_tried_at"
        case lastStatus = "last_status"
        case lastError = "last_error"
    }
}
