// SIGHUP: somebody has changed a file that the program has read. Whoever waits for it keeps it from ending the
// program, which is what it does to one that does not know it.

import UnixSignals

/// The signal to read files again.
package enum ReloadSignal {
    /// Calls `body` with each of them, until the task is cancelled.
    package static func forEach(_ body: () -> Void) async {
        for await _ in await UnixSignalsSequence(trapping: .sighup) { body() }
    }
}
