// Which tasks of a session are asked for: by whoever asks over HTTP, and of the coordinator behind it.

/// Which tasks of a session a list is to have.
package struct TaskFilter: Sendable, Equatable {
    package var status: TaskStatus?
    /// Those that the plan gives to this agent, or whose last attempt was its.
    package var agent: String?
    /// 1…1000; all when absent.
    package var limit: Int?
    /// A cursor from an earlier page; it comes from outside.
    package var after: String?

    package init(
        status: TaskStatus? = nil, agent: String? = nil, limit: Int? = nil, after: String? = nil
    ) {
        self.status = status
        self.agent = agent
        self.limit = limit
        self.after = after
    }
}
