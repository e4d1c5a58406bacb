// What a model says on evidence, after that was checked.

import ScrivenerModel

/// A sentence of a model's, with the sentences that bear it out.
struct ModelStatement: Codable, Sendable, Equatable {
    var text: String
    /// Verbatim, as all evidence; at least one.
    var evidence: [Evidence]
    /// 0.5…1: the share of its content words that the evidence has.
    var support: Double
}

/// Sentences with numbers, for a model that is to build on them and on nothing else.
struct NumberedEvidence {
    static let limit = 48

    let items: [Evidence]
    /// Titles of sources, by locator.
    private let titles: [String: String]

    /// - Parameter evidence: in order of weight; each sentence counts once.
    init(_ evidence: [Evidence], sources: [Source]) {
        var seen: Set<String> = []
        items = Array(evidence.filter { seen.insert($0.quote).inserted }.prefix(Self.limit))
        titles = Dictionary(
            sources.map { ($0.locator, $0.title) }, uniquingKeysWith: { first, _ in first })
    }

    /// For the model.
    var json: JSONValue {
        .array(
            items.enumerated().map { place, item in
                .object([
                    ("number", .integer(Int64(place + 1))),
                    ("source", .string(titles[item.source] ?? item.source)),
                    ("section", .string(item.section ?? "")), ("sentence", .string(item.quote)),
                ])
            })
    }

    /// What the model may mean by numbers; `nil` where one of them is none, or there are none.
    func cited(_ numbers: [Int]) -> [Evidence]? {
        let distinct = numbers.uniqued()
        guard !distinct.isEmpty, distinct.allSatisfy({ (1...items.count).contains($0) }) else {
            return nil
        }
        return distinct.map { items[$0 - 1] }
    }

    /// What a statement is held against: a sentence with its title and heading.
    func context(of evidence: Evidence) -> String {
        [titles[evidence.source] ?? "", evidence.section ?? "", evidence.quote]
            .joined(separator: ". ")
    }
}
