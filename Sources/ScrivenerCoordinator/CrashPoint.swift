// Where a coordinator can be made to die: on either side of a commit, and after what followed from it
// has gone out. In debug builds only; `scripts/chaos --boundaries` goes through them one by one.

#if DEBUG
    import Synchronization

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #else
        import Darwin
    #endif
#endif

/// A moment in a commit's life.
enum CrashPoint: String {
    /// It is not on disk.
    case beforeCommit = "before-commit"
    /// It is, and nobody knows.
    case afterCommit = "after-commit"
    /// What it led to was sent.
    case afterEffects = "after-effects"

    #if DEBUG
        /// `SCRIVENER_CRASH_AT="after-commit 7"`: the seventh time that this point is passed.
        private static let wanted: (point: CrashPoint, count: Int)? = {
            guard let text = getenv("SCRIVENER_CRASH_AT").map({ String(cString: $0) }) else {
                return nil
            }
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 2, let point = CrashPoint(rawValue: words[0]),
                let count = Int(words[1])
            else { fatalError("SCRIVENER_CRASH_AT is \(text): no such point") }
            return (point, count)
        }()
        private static let passed = Atomic<Int>(0)
    #endif

    /// Ends the process as a power cut would, when this is where it was told to.
    @inline(always)
    func pass() {
        #if DEBUG
            guard let wanted = Self.wanted, wanted.point == self else { return }
            let count = Self.passed.add(1, ordering: .relaxed).newValue
            if count == wanted.count { kill(getpid(), SIGKILL) }
        #endif
    }
}
