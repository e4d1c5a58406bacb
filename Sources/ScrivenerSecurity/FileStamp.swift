// Whether a file was written since it was read, without reading it.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What changes when a file is written or replaced. Its times alone may be too coarse.
package struct FileStamp: Sendable, Equatable {
    private let file: UInt64
    private let size: Int64
    private let written: Int64
    private let changed: Int64

    /// `nil` when there is no such file.
    package init?(of path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        file = UInt64(facts.st_ino)
        size = Int64(facts.st_size)
        #if canImport(Darwin)
            written = Self.nanoseconds(facts.st_mtimespec)
            changed = Self.nanoseconds(facts.st_ctimespec)
        #else
            written = Self.nanoseconds(facts.st_mtim)
            changed = Self.nanoseconds(facts.st_ctim)
        #endif
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
