// Time, as the machines see it: two readings that the shell takes and hands in.

/// A point on the journal's own clock, in nanoseconds.
///
/// The clock stands still while no coordinator runs and goes on where it stopped, so that what
/// remains of a deadline survives a restart. It never jumps with the wall clock.
public struct Instant: Sendable, Hashable, Comparable, Codable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = Instant(nanoseconds: 0)
    /// Later than anything that happens.
    public static let distantFuture = Instant(nanoseconds: .max)

    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Saturates at the ends of the range instead of trapping.
    public func advanced(by span: TimeSpan) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(span.nanoseconds)
        guard overflow else { return Instant(nanoseconds: sum) }
        return Instant(nanoseconds: span.nanoseconds > 0 ? .max : .min)
    }

    /// How much later this is than `earlier`.
    public func since(_ earlier: Instant) -> TimeSpan {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(
            earlier.nanoseconds)
        guard overflow else { return TimeSpan(nanoseconds: difference) }
        return TimeSpan(nanoseconds: nanoseconds > earlier.nanoseconds ? .max : .min)
    }
}

/// A length of time in nanoseconds: `Duration` in 8 bytes instead of 16, as tables of tasks keep
/// it.
public struct TimeSpan: Sendable, Hashable, Comparable, Codable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = TimeSpan(nanoseconds: 0)

    public static func milliseconds(_ count: Int64) -> TimeSpan {
        TimeSpan(nanoseconds: saturating(count, times: 1_000_000))
    }

    /// Rounded to nanoseconds; values out of range saturate.
    public static func seconds(_ count: Double) -> TimeSpan {
        let nanoseconds = count * 1e9
        guard nanoseconds.isFinite, abs(nanoseconds) < 9e18 else {
            return TimeSpan(nanoseconds: count < 0 ? .min : .max)
        }
        return TimeSpan(nanoseconds: Int64(nanoseconds.rounded()))
    }

    public var seconds: Double { Double(nanoseconds) / 1e9 }
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }
    public var duration: Duration { .nanoseconds(nanoseconds) }

    public static func < (left: TimeSpan, right: TimeSpan) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    private static func saturating(_ count: Int64, times factor: Int64) -> Int64 {
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        guard overflow else { return product }
        return count < 0 ? .min : .max
    }
}

/// A reading of the wall clock, for people and other programs. No deadline of a session depends on it.
public struct WallTime: Sendable, Hashable, Comparable {
    public var millisecondsSince1970: Int64

    public init(millisecondsSince1970: Int64) {
        self.millisecondsSince1970 = millisecondsSince1970
    }

    public static func < (left: WallTime, right: WallTime) -> Bool {
        left.millisecondsSince1970 < right.millisecondsSince1970
    }

    /// To the millisecond; saturates.
    public func advanced(by span: TimeSpan) -> WallTime {
        let (sum, overflow) = millisecondsSince1970.addingReportingOverflow(span.milliseconds)
        guard overflow else { return WallTime(millisecondsSince1970: sum) }
        return WallTime(millisecondsSince1970: span.nanoseconds < 0 ? .min : .max)
    }
}

/// The time at which an event is handled.
public struct Moment: Sendable, Hashable {
    public var instant: Instant
    public var wall: WallTime

    public init(instant: Instant, wall: WallTime) {
        self.instant = instant
        self.wall = wall
    }
}
