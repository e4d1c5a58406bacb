// What a stream of events said, as text.

extension String {
    /// The names of its events, in their order.
    var eventNames: [String] { values(of: "event") }

    /// The ids of those that have one, in their order.
    var eventIDs: [String] { values(of: "id") }

    private func values(of field: String) -> [String] {
        split(whereSeparator: \.isNewline).filter { $0.hasPrefix(field + ": ") }
            .map { String($0.dropFirst(field.count + 2)) }
    }
}
