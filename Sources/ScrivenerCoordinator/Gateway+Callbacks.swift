// What became of a session's callbacks, open or archived, as the journal has it.

import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel
import ScrivenerStore

extension Gateway {
    func callbacks(_ id: String) async throws(ScrivenerError) -> SessionCallbackList {
        let number: Int64
        switch await ask({ .query(.session(id: id), $0) }) {
        case .session(let open, _): number = open
        case .notOpen: number = try await listing(id).number
        case let reply: throw unexpected(reply)
        }
        return SessionCallbackList(callbacks: try await journal.callbacks(ofSession: number))
    }
}
