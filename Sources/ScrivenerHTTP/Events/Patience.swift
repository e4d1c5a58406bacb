// Asking a coordinator that may have too much to do.

import ScrivenerModel

/// Asks again, when the coordinator says so, as long as it has too much to do or no room on its disk.
func patiently<Value>(_ question: () async throws -> Value) async throws -> Value {
    while true {
        do {
            return try await question()
        } catch let error as ScrivenerError {
            guard let seconds = error.retryAfterSeconds else { throw error }
            try await Task.sleep(for: .seconds(seconds))
        }
    }
}
