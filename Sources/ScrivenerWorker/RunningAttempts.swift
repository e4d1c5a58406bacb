// What the loop has started and has not seen end. Each attempt knows its place, so that nothing is looked up
// where many begin and end; that something is stopped is rare, and looks through all of them.

import ScrivenerModel

/// Attempts by place.
struct RunningAttempts {
    private var places: [HostedAttempt?] = []
    private var free: [Int] = []

    var count: Int { places.count - free.count }

    mutating func add(_ attempt: HostedAttempt) {
        if let place = free.popLast() {
            attempt.place = place
            places[place] = attempt
        } else {
            attempt.place = places.count
            places.append(attempt)
        }
    }

    /// - Precondition: it was added, and not removed since.
    mutating func remove(_ attempt: HostedAttempt) {
        places[attempt.place] = nil
        free.append(attempt.place)
    }

    func stop(_ attempts: Set<AttemptReference>) {
        guard !attempts.isEmpty else { return }
        for case let running? in places where attempts.contains(running.reference) {
            running.stop()
        }
    }

    func stopAll() {
        for case let running? in places { running.stop() }
    }
}
