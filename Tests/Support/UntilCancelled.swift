// For agents, callbacks and whatever else hangs on purpose.

/// Waits until the calling task is cancelled, however long that takes.
///
/// - Throws: `CancellationError`, always.
package func untilCancelled() async throws {
    let (never, source) = AsyncStream.makeStream(of: Void.self)
    defer { source.finish() }
    for await _ in never {}
    throw CancellationError()
}
