// Each worker's connection is an open file. Systems mostly allow a process 1,024 of them to begin with, for
// the sake of programs that use select(2), and many more when it asks.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How many files the process may have open.
package enum OpenFiles {
    /// Raises the limit as far as the system allows. Where it does not, the limit stays as it is.
    ///
    /// - Returns: the limit from now on.
    @discardableResult
    package static func raiseLimit() -> UInt64 {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 0 }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        return UInt64(setrlimit(resource, &limit) == 0 ? limit.rlim_max : before)
    }

    /// How many may be open now, and how many the process may ask for.
    package static var limits: (soft: UInt64, hard: UInt64)? {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return nil }
        return (UInt64(limit.rlim_cur), UInt64(limit.rlim_max))
    }

    #if canImport(Glibc)
        private static let resource = Int32(RLIMIT_NOFILE.rawValue)
    #else
        private static let resource = Int32(RLIMIT_NOFILE)
    #endif
}
