// The clock that deadlines are measured with: time since the machine started, suspension included.
// It never jumps with the wall clock, so a corrected clock neither expires a lease nor prolongs one.

package import ScrivenerModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads the clocks. The one place of a program that does.
package enum BootClock {
    /// Time since the machine started.
    package static var now: Instant {
        var time = timespec()
        #if os(Linux)
            clock_gettime(CLOCK_BOOTTIME, &time)
        #else
            // On Darwin the monotonic clock goes on while the machine sleeps.
            clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// The wall clock, for people.
    package static var wall: WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(
            millisecondsSince1970: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
