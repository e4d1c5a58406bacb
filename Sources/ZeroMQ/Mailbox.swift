// How other threads hand work to the thread that owns the sockets: an array under a lock and a
// wake-up that is raised only once until it is drained. Signalling for each element costs six times as
// much when many come at once (1.9 against 13 million a second). Whoever has more to come soon may leave
// elements without a signal, and wake the receiver for all of them.

/// A bounded queue from any threads to one.
///
/// Guarantees: what one thread posts is drained in the order in which it posted. When `post` has
/// returned true, a wait of the wake-up's poller ends. Nothing is lost: `post` says if it refuses.
///
/// The receiving thread owes: each time its poller reports the wake-up, it drains every mailbox
/// that shares it.
// Unchecked because the lock guards `elements`, `closed` and `signalled`, which the compiler cannot see.
package final class Mailbox<Element: Sendable>: @unchecked Sendable {
    package let capacity: Int
    package let wakeUp: WakeUp

    @usableFromInline let lock = Lock()
    @usableFromInline var elements: [Element] = []
    @usableFromInline var closed = false
    /// Whether the wake-up was raised for what waits.
    @usableFromInline var signalled = false

    /// - Parameters:
    ///   - capacity: The most elements that wait at once.
    ///   - wakeUp: Whose poller to wake; mailboxes may share one.
    @inlinable
    package init(capacity: Int = .max, wakeUp: WakeUp) {
        precondition(capacity > 0, "a mailbox has room")
        self.capacity = capacity
        self.wakeUp = wakeUp
    }

    /// - Returns: False, having taken nothing, if the mailbox is full or closed.
    @inlinable
    package func post(_ element: Element) -> Bool {
        let (taken, owesSignal) = lock.withLock {
            guard !closed, elements.count < capacity else { return (false, false) }
            elements.append(element)
            return (true, takeSignal())
        }
        if owesSignal { wakeUp.signal() }
        return taken
    }

    /// Posts without waking the receiver, which finds it when it drains the mailbox next. The caller owes
    /// a `wake()`.
    ///
    /// - Returns: False, having taken nothing, if the mailbox is full or closed.
    @inlinable
    @discardableResult
    package func leave(_ element: Element) -> Bool {
        lock.withLock {
            guard !closed, elements.count < capacity else { return false }
            elements.append(element)
            return true
        }
    }

    /// Ends a wait of the wake-up's poller, if something waits that it was not raised for.
    @inlinable
    package func wake() {
        if lock.withLock({ takeSignal() }) { wakeUp.signal() }
    }

    /// Under the lock.
    ///
    /// - Returns: Whether the caller is the one to signal.
    @inlinable
    func takeSignal() -> Bool {
        guard !signalled, !elements.isEmpty else { return false }
        signalled = true
        return true
    }

    /// Posts all or none.
    ///
    /// - Returns: False, having taken nothing, if there is not room for all, or it is closed.
    @inlinable
    package func post(contentsOf batch: [Element]) -> Bool {
        let (taken, owesSignal) = lock.withLock {
            guard !closed, batch.count <= capacity - elements.count else { return (false, false) }
            elements.append(contentsOf: batch)
            return (true, takeSignal())
        }
        if owesSignal { wakeUp.signal() }
        return taken
    }

    /// Moves everything that waits to the end of `batch`. Give it an empty array that was drained
    /// into before, and the two swap their memory instead of allocating.
    ///
    /// - Returns: Whether anything waited.
    @inlinable
    @discardableResult
    package func drain(into batch: inout [Element]) -> Bool {
        lock.withLock {
            guard !elements.isEmpty else { return false }
            signalled = false
            if batch.isEmpty {
                swap(&batch, &elements)
            } else {
                batch.append(contentsOf: elements)
                elements.removeAll(keepingCapacity: true)
            }
            return true
        }
    }

    /// From now on `post` returns false. Call it when the receiving thread ends, and answer what it
    /// returns: nobody else will.
    ///
    /// - Returns: What was posted and not drained.
    @inlinable
    package func close() -> [Element] {
        lock.withLock {
            closed = true
            var rest: [Element] = []
            swap(&rest, &elements)
            return rest
        }
    }
}
