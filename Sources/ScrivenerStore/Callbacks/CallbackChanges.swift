// What a commit writes about callbacks, beside its facts and in the same transaction: an end that is
// on disk, and of which nobody would ever be told, cannot be.

package import ScrivenerModel

/// The callbacks of a session that is opened.
package struct CallbackSubscription: Sendable, Equatable {
    package var session: Int64
    package var sessionID: String
    package var callbacks: [PlanCallback]

    package init(session: Int64, sessionID: String, callbacks: [PlanCallback]) {
        self.session = session
        self.sessionID = sessionID
        self.callbacks = callbacks
    }
}

/// One callback of one session.
package struct CallbackKey: Sendable, Hashable {
    package var session: Int64
    /// Its place in the plan.
    package var place: Int

    package init(session: Int64, place: Int) {
        self.session = session
        self.place = place
    }
}

/// A message for a callback.
package struct CallbackMessage: Sendable, Equatable {
    package var key: CallbackKey
    /// Counts the session's events, from 1. Messages of one callback are delivered in this order.
    package var ordinal: Int64
    /// The same for all callbacks that are told of the event.
    package var id: String
    package var event: CallbackEvent
    package var at: WallTime
    package var body: [UInt8]

    package init(
        key: CallbackKey, ordinal: Int64, id: String, event: CallbackEvent, at: WallTime,
        body: [UInt8]
    ) {
        self.key = key
        self.ordinal = ordinal
        self.id = id
        self.event = event
        self.at = at
        self.body = body
    }
}

/// What a commit writes about callbacks. Mostly nothing.
package struct CallbackChanges: Sendable, Equatable {
    package var subscriptions: [CallbackSubscription] = []
    package var messages: [CallbackMessage] = []
    /// Sessions with callbacks that have ended.
    package var closed: [Int64] = []

    package init() {}

    package var isEmpty: Bool { subscriptions.isEmpty && messages.isEmpty && closed.isEmpty }
}
