// The tokens that a running coordinator accepts: those of its folder, as they were when they were last
// looked at.

package import ScrivenerModel
import Synchronization

/// Says whose token it is. From any thread.
package final class APITokenBook: Sendable {
    private struct State: Sendable {
        /// `nil` until there was a file: then nobody needs a token.
        var list: APITokenList?
        var watch: FileWatch
    }

    private let file: APITokenFile
    private let state: Mutex<State>

    /// - Parameter directory: the coordinator's folder of keys.
    /// - Throws: `configuration_invalid` when there is a file of tokens that cannot be used.
    package init(directory: String) throws(ScrivenerError) {
        file = APITokenFile(in: directory)
        let watch = FileWatch(taken: [file.stamp])
        state = Mutex(State(list: try file.read(), watch: watch))
    }

    /// Whether requests need a token. Once they do they always will, also when the file is gone: then there
    /// is no token that is accepted.
    package var isRequired: Bool { state.withLock { $0.list != nil } }

    /// How many there are.
    package var count: Int { state.withLock { $0.list?.records.count ?? 0 } }

    /// The record of a token, whether it has expired or not.
    package func record(of hash: TokenDigest) -> APITokenRecord? {
        // Not while others wait: looking takes longer the more there are.
        state.withLock { $0.list }?.record(of: hash)
    }

    /// Reads the file again when it has changed.
    ///
    /// - Returns: whether it had.
    /// - Throws: `configuration_invalid` when it cannot be used. Then what was accepted still is; the error
    ///   comes once for each change.
    package func reload() throws(ScrivenerError) -> Bool {
        let seen = [file.stamp]
        guard state.withLock({ $0.watch.isNews(seen) }) else { return false }
        let list: APITokenList?
        do throws(ScrivenerError) {
            list = try file.read()
        } catch {
            guard state.withLock({ $0.watch.fail(seen) }) else { return false }
            throw error
        }
        state.withLock { state in
            state.watch.take(seen)
            if let list { state.list = list } else if state.list != nil { state.list = .init() }
        }
        return true
    }
}
