// Which tasks of a session are asked for.

package import ScrivenerModel

/// Which tasks of a session are asked for.
package struct TaskQuery: Sendable {
    package var status: TaskStatus?
    package var agent: String?
    package var limit: Int?
    package var after: String?

    package init(
        status: TaskStatus? = nil, agent: String? = nil, limit: Int? = nil, after: String? = nil
    ) {
        self.status = status
        self.agent = agent
        self.limit = limit
        self.after = after
    }

    var parameters: [(name: String, value: String)] {
        [
            ("status", status?.rawValue), ("agent", agent), ("limit", limit.map(String.init)),
            ("after", after),
        ].compactMap { name, value in value.map { (name: name, value: $0) } }
    }
}
