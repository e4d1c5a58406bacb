// The lists of the API: an object with one array, and a cursor where there is more.

package import ScrivenerModel

/// A list of records, under whichever name the API gives to it.
package struct RecordList<Record: Decodable & Sendable>: Sendable, Decodable {
    package var records: [Record]
    /// What to ask for the next page with. Absent on the last.
    package var next: String?

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ListKey.self)
        guard let key = ListKey.lists.first(where: container.contains) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "there is no list in it"))
        }
        records = try container.decode([Record].self, forKey: key)
        next = try container.decodeIfPresent(String.self, forKey: .next)
    }
}

/// The names of lists, and of what stands beside them.
package enum ListKey: String, CodingKey {
    case sessions, tasks, workers, agents, pools, next

    package static let lists: [ListKey] = [.sessions, .tasks, .workers, .agents, .pools]

    /// The items of a list that was not decoded.
    package static func items(in document: JSONValue) -> [JSONValue] {
        lists.lazy.compactMap { document[$0.rawValue]?.arrayValue }.first ?? []
    }
}
