// What lies in files that people change while a program runs: keys, tokens, certificates.

import ServiceLifecycle
import UnixSignals

/// Looks at files again, once a second and at SIGHUP, until graceful shutdown.
package struct ReloadService: Service {
    private static let interval = Duration.seconds(1)

    private let look: @Sendable () -> Void

    /// - Parameter look: looks whether something has changed, and takes it; must be cheap when nothing has.
    package init(look: @escaping @Sendable () -> Void) { self.look = look }

    package func run() async {
        // While it is trapped the signal does not end the process.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    while (try? await Task.sleep(for: Self.interval)) != nil { look() }
                }
                group.addTask { for await _ in hangups { look() } }
            }
        }
    }
}
