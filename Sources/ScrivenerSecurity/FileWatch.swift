// Files that are looked at again and again while a program runs. What could not be taken is tried again with each
// look: what is in the way may be something else than the files, such as too few descriptors, and a key or a token
// that was taken back must not stay for that.

/// What is known of such files. A value: its owner reads them.
package struct FileWatch: Sendable {
    /// As they were when they were taken last.
    private var taken: [FileStamp?]
    /// As they were when it was told that they could not be.
    private var told: [FileStamp?]?

    /// - Parameter taken: as they were before they were first read; what is written meanwhile is read once more.
    package init(taken: [FileStamp?]) { self.taken = taken }

    /// Whether the files are others than those that were taken.
    package func isNews(_ seen: [FileStamp?]) -> Bool { seen != taken }

    /// They were taken as they were seen.
    package mutating func take(_ seen: [FileStamp?]) { (taken, told) = (seen, nil) }

    /// They could not be.
    ///
    /// - Returns: whether that has not been told yet.
    package mutating func fail(_ seen: [FileStamp?]) -> Bool {
        defer { told = seen }
        return told != seen
    }
}
