// Where in a trace a task of the program is, as it travels in its `ServiceContext`.

import ScrivenerModel
import Tracing

/// A span, and whether it is another process's.
struct TracePosition: Sendable {
    var context: TraceContext
    var isRemote: Bool
}

private enum TracePositionKey: ServiceContextKey {
    typealias Value = TracePosition
}

extension ServiceContext {
    var position: TracePosition? {
        get { self[TracePositionKey.self] }
        set { self[TracePositionKey.self] = newValue }
    }
}
