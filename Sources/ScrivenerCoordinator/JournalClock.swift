// The journal's own clock: it stands still while no coordinator runs and goes on where it stopped,
// so that what remains of a deadline survives a restart.

import ScrivenerModel
import ScrivenerShell

/// Reads the journal's clock.
struct JournalClock: Sendable {
    private let offset: TimeSpan

    /// - Parameter last: the moment of the journal's last commit.
    init(continuing last: Moment?, from started: Instant = BootClock.now) {
        offset = (last?.instant ?? .zero).since(started)
    }

    var now: Moment {
        Moment(instant: BootClock.now.advanced(by: offset), wall: BootClock.wall)
    }
}
