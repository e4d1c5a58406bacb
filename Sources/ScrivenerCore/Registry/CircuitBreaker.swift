// Takes an agent type on a worker out of service when it keeps failing for reasons of its own, and
// lets it back in by real tasks, one at a time.
//
// The pattern is M. Nygard's ("Release It!", 2007); the two ways to open (a share of failures over
// a sliding window, and a run of them) and the ejection time that grows with each opening are those
// of Envoy's outlier detection. We deviate in three points. A probe is one real task and is known
// by its attempt, so that what was dispatched before the breaker opened cannot pass for a probe.
// Ejection doubles instead of growing by a constant. And who may not be ejected is the caller's to
// say: it knows the other instances (`mayOpen`, `reprieve`).
//
// Only the breaker's caller sees time. The state needs no timer but `nextDeadline`.

import ScrivenerModel

/// The circuit breaker of one agent type on one worker.
///
/// What happens, and what follows; all else changes nothing:
///
/// | state | dispatch | failure | success | neither | `reprieve` | `demandProbe` |
/// |---|---|---|---|---|---|---|
/// | `closed` | | counted, `open` at a limit | counted | | | `halfOpen` |
/// | `open` | `probing`, from `until` on | | | | `halfOpen` | |
/// | `halfOpen` | `probing` | | | | | |
/// | `probing` | | `open`, longer | `halfOpen`, `closed` at the third | `halfOpen` | | |
///
/// In `probing` only the probe's own end counts.
struct CircuitBreaker: Sendable, Equatable {
    /// What opens and closes a breaker.
    struct Limits: Sendable, Equatable {
        /// The share of failures that opens it, once there are enough outcomes to tell.
        var failurePermille: Int64 = 500
        var minimumOutcomes: Int64 = 20
        /// How many failures in a row open it, whatever the share.
        var failuresInARow: Int32 = 5
        /// How many probes in a row must succeed.
        var successesToClose: Int32 = 3
        /// Doubles with each opening.
        var firstEjection = TimeSpan.seconds(30)
        var longestEjection = TimeSpan.seconds(300)
        /// A time closed that takes back one doubling.
        var decay = TimeSpan.seconds(300)
    }

    /// Where a breaker is.
    enum State: Sendable, Equatable {
        /// Takes work. → `open`, `halfOpen` (its agent was repaired)
        case closed
        /// Takes none before the instant. → `probing` (a task was dispatched after it), `halfOpen`
        /// (nobody else can do the work)
        case open(until: Instant)
        /// Takes one task. → `probing`
        case halfOpen(successes: Int32)
        /// Waits for the end of that task. → `halfOpen`, `closed`, `open`
        case probing(AttemptReference, successes: Int32)
    }

    /// Whether the instance takes a task now.
    enum Admission: Sendable, Equatable {
        case yes
        /// One task, whose end decides.
        case probe
        case no(until: Instant)
        /// None, until the probe that runs has ended.
        case probeRunning

        /// Whether a task may be given to it now.
        var admits: Bool {
            switch self {
            case .yes, .probe: true
            case .no, .probeRunning: false
            }
        }
    }

    /// What the end of an attempt says about the instance.
    enum Outcome: Sendable, Equatable {
        case success
        case failure
        /// Nothing: the input was bad, somebody cancelled, or it never began.
        case neutral

        /// The mistakes of a task's author never count against the instance that met them.
        init(_ failure: FailureClass) {
            switch failure {
            case .transient, .timeout, .workerLost: self = .failure
            case .permanent, .invalidInput, .cancelled, .poison: self = .neutral
            }
        }
    }

    private let limits: Limits
    private(set) var state = State.closed
    /// What happened lately, while it is closed.
    private var window: OutcomeWindow
    /// How many openings the next ejection is doubled for, before decay.
    private(set) var doublings: Int32 = 0
    private var closedSince: Instant

    init(at now: Instant, limits: Limits = Limits()) {
        self.limits = limits
        self.window = OutcomeWindow(at: now)
        self.closedSince = now
    }

    /// When an explanation changes by itself: the end of an ejection.
    var nextDeadline: Instant? {
        if case .open(let until) = state { until } else { nil }
    }

    func admits(at now: Instant) -> Admission {
        switch state {
        case .closed: .yes
        case .open(let until): now < until ? .no(until: until) : .probe
        case .halfOpen: .probe
        case .probing: .probeRunning
        }
    }

    /// Notes that a task was dispatched; it is the probe if one is due.
    mutating func began(_ attempt: AttemptReference, at now: Instant) {
        switch state {
        case .open(let until) where until <= now: state = .probing(attempt, successes: 0)
        case .halfOpen(let successes): state = .probing(attempt, successes: successes)
        case .closed, .open, .probing: break
        }
    }

    /// Notes how an attempt ended.
    ///
    /// - Parameter mayOpen: whether another eligible instance is left for the work. When there is
    ///   none, the breaker stays as it is and the next failure asks again.
    mutating func record(
        _ outcome: Outcome, of attempt: AttemptReference, at now: Instant, mayOpen: Bool = true
    ) {
        switch state {
        case .closed:
            window.count(outcome, at: now)
            if mayOpen, outcome == .failure, meetsALimit(window) { open(at: now) }
        case .probing(attempt, let successes):
            endProbe(outcome, successes: successes, at: now, mayOpen: mayOpen)
        case .open, .halfOpen, .probing: break
        }
    }

    /// Notes that an attempt has succeeded, where the breaker is closed.
    @inline(always)
    mutating func succeed(at now: Instant) { window.count(.success, at: now) }

    /// Lets probes through at once: no other instance is left that could do the work.
    mutating func reprieve() {
        if case .open = state { state = .halfOpen(successes: 0) }
    }

    /// Its agent was broken and has been repaired: the next task tries it, and one success is enough.
    mutating func demandProbe() {
        if case .closed = state { state = .halfOpen(successes: limits.successesToClose - 1) }
    }

    private mutating func endProbe(
        _ outcome: Outcome, successes: Int32, at now: Instant, mayOpen: Bool
    ) {
        switch outcome {
        case .neutral: state = .halfOpen(successes: successes)
        case .failure where mayOpen: open(at: now)
        case .failure: state = .halfOpen(successes: 0)
        case .success where successes + 1 < limits.successesToClose:
            state = .halfOpen(successes: successes + 1)
        case .success:
            state = .closed
            window = OutcomeWindow(at: now)
            closedSince = now
        }
    }

    private func meetsALimit(_ window: OutcomeWindow) -> Bool {
        if window.failuresInARow >= limits.failuresInARow { return true }
        let total = window.failures + window.successes
        return total >= limits.minimumOutcomes
            && window.failures * 1_000 >= total * limits.failurePermille
    }

    private mutating func open(at now: Instant) {
        if case .closed = state {
            let calm = now.since(closedSince).nanoseconds / max(1, limits.decay.nanoseconds)
            doublings = Int32(clamping: max(0, Int64(doublings) - max(0, calm)))
        }
        let (grown, overflow) = limits.firstEjection.nanoseconds.multipliedReportingOverflow(
            by: 1 << Int64(min(doublings, 32)))
        let longest = limits.longestEjection.nanoseconds
        let ejection = overflow ? longest : min(grown, longest)
        // Beyond the longest ejection there is nothing to grow, and less to take back.
        if ejection < longest { doublings += 1 }
        state = .open(until: now.advanced(by: TimeSpan(nanoseconds: ejection)))
    }
}

/// Successes and failures of the last 30 s, in fifteen buckets of 2 s, and the run of failures.
///
/// A bucket leaves as a whole: all of the last 28 s counts, and nothing that is older than 30 s.
/// The buckets lie in two vectors: 160 bytes, without a reference, whatever the rate.
struct OutcomeWindow: Sendable, Equatable {
    // Computed, as constants that another module's code makes are looked for with every use, and a
    // number that is known can be divided by without a division.
    static var bucketWidth: TimeSpan { TimeSpan(nanoseconds: 2_000_000_000) }
    static var bucketCount: Int64 { 15 }

    /// The newest bucket's are beside it: they grow with nearly every attempt, and to change a part of
    /// a vector takes the whole.
    private var successBuckets = SIMD16<UInt32>.zero
    private var newestSuccesses: UInt32 = 0
    private var failureBuckets = SIMD16<UInt32>.zero
    /// Number of the newest bucket, counted from the clock's zero.
    private var newest: Int64
    private(set) var successes: Int64 = 0
    private(set) var failures: Int64 = 0
    private(set) var failuresInARow: Int32 = 0

    init(at now: Instant) { newest = Self.bucket(now) }

    @inline(always)
    mutating func count(_ outcome: CircuitBreaker.Outcome, at now: Instant) {
        advance(to: Self.bucket(now))
        switch outcome {
        case .neutral: break
        case .success:
            failuresInARow = 0
            guard newestSuccesses < .max else { return }
            newestSuccesses += 1
            successes += 1
        case .failure:
            if failuresInARow < .max { failuresInARow += 1 }
            let place = Self.place(newest)
            guard failureBuckets[place] < .max else { return }
            failureBuckets[place] += 1
            failures += 1
        }
    }

    @inline(always)
    private mutating func advance(to bucket: Int64) {
        if bucket > newest { move(to: bucket) }
    }

    private mutating func move(to bucket: Int64) {
        successBuckets[Self.place(newest)] = newestSuccesses
        newestSuccesses = 0
        for step in 1...min(bucket - newest, Self.bucketCount) {
            let place = Self.place(newest + step)
            successes -= Int64(successBuckets[place])
            failures -= Int64(failureBuckets[place])
            successBuckets[place] = 0
            failureBuckets[place] = 0
        }
        newest = bucket
    }

    @inline(always)
    private static func bucket(_ now: Instant) -> Int64 {
        max(0, now.nanoseconds) / bucketWidth.nanoseconds
    }

    @inline(always)
    private static func place(_ bucket: Int64) -> Int { Int(bucket % bucketCount) }
}
