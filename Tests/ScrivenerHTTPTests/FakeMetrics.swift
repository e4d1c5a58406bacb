// A double of whoever answers scrapes: it exposes nothing but how many event streams are open.

import ScrivenerHTTP
import ScrivenerModel
import Synchronization

final class FakeMetrics: MetricsSource {
    private let open = Mutex(0)
    private let refused = Mutex<[ErrorCode]>([])
    /// How many event streams are open, with every change.
    let counts: AsyncStream<Int>
    private let teller: AsyncStream<Int>.Continuation

    init() { (counts, teller) = AsyncStream.makeStream() }

    var contentType: String { "text/plain; version=0.0.4; charset=utf-8" }

    func exposition() async -> String { "streams \(open.withLock { $0 })\n" }

    func eventStreamOpened() { change(by: 1) }
    func eventStreamClosed() { change(by: -1) }

    func requestRefused(_ code: ErrorCode) { refused.withLock { $0.append(code) } }
    var refusals: [ErrorCode] { refused.withLock { $0 } }

    private func change(by number: Int) {
        open.withLock { open in
            open += number
            teller.yield(open)
        }
    }
}
