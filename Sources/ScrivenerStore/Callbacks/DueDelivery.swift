// What is to be told to callbacks now, and what has become of it, between the journal and whoever
// delivers.

package import ScrivenerModel

/// A callback of an open session, as a start finds it.
package struct OpenCallback: Sendable, Equatable {
    package var key: CallbackKey
    package var sessionID: String
    package var events: [CallbackEvent]
    /// The ordinal of the last message that it was given; 0 for none.
    package var lastOrdinal: Int64

    package init(
        key: CallbackKey, sessionID: String, events: [CallbackEvent], lastOrdinal: Int64
    ) {
        self.key = key
        self.sessionID = sessionID
        self.events = events
        self.lastOrdinal = lastOrdinal
    }
}

/// A question for what is due.
package struct DueQuestion: Sendable {
    package var now: WallTime
    /// The host that was looked at last: hosts take turns.
    package var cursor: String
    /// What is being delivered, by host.
    package var underway: [String: Set<CallbackKey>]
    package var limit: Int
    package var limitPerHost: Int
    /// How many hosts are looked at before somebody asks again.
    package var limitHosts: Int
    /// No time that was set is later than this: the wall clock was put back.
    private var latest: WallTime

    package init(
        now: WallTime, cursor: String, underway: [String: Set<CallbackKey>], limit: Int,
        limitPerHost: Int, limitHosts: Int, longestDelay: TimeSpan
    ) {
        self.now = now
        self.cursor = cursor
        self.underway = underway
        self.limit = limit
        self.limitPerHost = limitPerHost
        self.limitHosts = limitHosts
        latest = now.advanced(by: longestDelay)
    }

    /// When to ask for the hosts that were not looked at.
    var goOnAt: WallTime { now.advanced(by: .seconds(1)) }

    /// Whether the time for an attempt has come.
    package func isDue(_ time: WallTime) -> Bool { time <= now || time > latest }
}

/// The answer.
package struct DueDeliveries: Sendable, Equatable {
    package var deliveries: [DueDelivery] = []
    /// The host to go on after.
    package var cursor = ""
    /// When to look again; `nil` when nothing else is pending, or when there was no room to look for
    /// it.
    package var nextDue: WallTime?
}

/// The first pending message of a callback, whose time has come.
package struct DueDelivery: Sendable, Equatable {
    package var message: CallbackMessage
    package var sessionID: String
    package var host: String
    package var url: String
    package var secret: String
    /// How often it was tried.
    package var attempts: Int

    package init(
        message: CallbackMessage, sessionID: String, host: String, url: String, secret: String,
        attempts: Int = 0
    ) {
        self.message = message
        self.sessionID = sessionID
        self.host = host
        self.url = url
        self.secret = secret
        self.attempts = attempts
    }
}

/// What an attempt at a delivery has come to.
package struct DeliverySettlement: Sendable, Equatable {
    package enum Verdict: Sendable, Equatable {
        case delivered
        case retry(at: WallTime)
        case givenUp
        /// The receiver wants nothing more: this message and all that are pending are given up.
        case gone
    }

    package var key: CallbackKey
    package var ordinal: Int64
    package var verdict: Verdict
    package var at: WallTime
    /// The status of the answer, where there was one.
    package var status: Int?
    package var error: String?

    package init(
        key: CallbackKey, ordinal: Int64, verdict: Verdict, at: WallTime, status: Int? = nil,
        error: String? = nil
    ) {
        self.key = key
        self.ordinal = ordinal
        self.verdict = verdict
        self.at = at
        self.status = status
        self.error = error
    }
}
