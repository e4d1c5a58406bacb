// Which tasks of a session are asked for, as the query of a request.

import ScrivenerModel

extension TaskFilter {
    var parameters: [(name: String, value: String)] {
        [
            ("status", status?.rawValue), ("agent", agent), ("limit", limit.map(String.init)),
            ("after", after),
        ].compactMap { name, value in value.map { (name: name, value: $0) } }
    }
}
