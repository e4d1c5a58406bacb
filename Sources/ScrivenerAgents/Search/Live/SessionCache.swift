// What was fetched for a session is not fetched for it again: its tasks see one state of the web, and hosts one
// request.

import Synchronization

/// Keeps answers by session and URL, those that were used last.
final class SessionCache: Sendable {
    static let maximumBytes = 64 << 20
    /// What an answer counts at least: a host without `robots.txt` has an empty one.
    static let leastBytes = 64 << 10

    private struct Key: Hashable {
        var session: String
        var url: String
    }

    private struct Entry {
        var answer: FetchedAnswer
        var use: Int

        var bytes: Int { max(SessionCache.leastBytes, answer.body.count) }
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var bytes = 0
        var uses = 0
    }

    private let state = Mutex(State())

    /// How many answers are kept.
    var count: Int { state.withLock { $0.entries.count } }

    func answer(for url: String, in session: String) -> FetchedAnswer? {
        let key = Key(session: session, url: url)
        return state.withLock { state in
            guard state.entries[key] != nil else { return nil }
            state.uses += 1
            state.entries[key]?.use = state.uses
            return state.entries[key]?.answer
        }
    }

    func keep(_ answer: FetchedAnswer, for url: String, in session: String) {
        guard answer.body.count <= Self.maximumBytes / 4 else { return }
        let key = Key(session: session, url: url)
        state.withLock { state in
            state.uses += 1
            let new = Entry(answer: answer, use: state.uses)
            let old = state.entries.updateValue(new, forKey: key)
            state.bytes += new.bytes - (old?.bytes ?? 0)
            while state.bytes > Self.maximumBytes,
                let oldest = state.entries.min(by: { $0.value.use < $1.value.use })
            {
                state.bytes -= oldest.value.bytes
                state.entries[oldest.key] = nil
            }
        }
    }
}

/// What a server answered.
struct FetchedAnswer: Sendable {
    /// Who answered, after redirects.
    var url: String
    var mediaType: String?
    var body: [UInt8]
}
