// A row of a dispatch on the worker, from when it came to when its attempt has ended.

/// An attempt to start, with the session that it belongs to. A class: it passes through many hands on
/// its way to the agent, and what it consists of is not to be retained piece by piece in each.
package final class Assignment: Sendable, Equatable {
    package let item: DispatchItem
    package let session: DispatchSession
    /// When it came.
    package let receivedAt: Instant

    package init(
        _ item: DispatchItem, _ session: DispatchSession, receivedAt: Instant = .zero
    ) {
        self.item = item
        self.session = session
        self.receivedAt = receivedAt
    }

    package static func == (left: Assignment, right: Assignment) -> Bool {
        left === right || (left.item == right.item && left.session == right.session)
    }
}
