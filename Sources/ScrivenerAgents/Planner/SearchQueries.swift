// From the parts of a question to searches. One search for the whole question favours pages on its
// commonest part; searches for each name and each facet give the other parts a voice. How the
// results are weighed against each other is the selection's business (`SourceSelector`).

/// One planned search.
struct PlannedQuery: Sendable, Equatable {
    var query: String
    /// For people: why it is made.
    var reason: String
}

/// The searches for one question.
enum SearchQueries {
    static let minimumCount = 3
    static let maximumCount = 6
    /// Longer questions are searched for by their beginning and their parts.
    static let maximumQueryLength = 1000

    /// 3…6 searches, of which no two look for the same terms.
    ///
    /// - Parameter proposed: by somebody else; they go before all but the whole question.
    static func queries(
        for question: String, _ parts: QuestionParts, proposed: [PlannedQuery] = []
    ) -> [PlannedQuery] {
        var list = List()
        list.add(String(question.prefix(maximumQueryLength)), "the whole question")
        for query in proposed {
            list.add(String(query.query.prefix(maximumQueryLength)), query.reason)
        }
        let topics = parts.topics.prefix(8).joined(separator: " ")
        for entity in parts.entities.prefix(4) {
            list.add("\(entity) \(topics)", "\(entity), which the question names")
        }
        let names = parts.entities.prefix(2).joined(separator: " ")
        for clause in parts.subQuestions.prefix(3) {
            let isNamed = parts.entities.contains { clause.contains($0) }
            list.add(isNamed ? clause : "\(names) \(clause)", "a question within the question")
        }
        for facet in parts.facets.prefix(3) {
            list.add("\(names) \(facet.joined(separator: " "))", "a part of the subject")
        }
        if parts.topics.count > 1 { list.add(topics, "the subject without names") }
        addRelated(parts, names, &list)
        addAspects("\(names) \(topics)", &list)
        return list.queries
    }

    private static func addRelated(_ parts: QuestionParts, _ names: String, _ list: inout List) {
        var replaced: [String] = []
        let words = parts.topics.prefix(8).map { topic -> String in
            guard let other = RelatedTerms.alternative(to: topic) else { return topic }
            replaced.append("\(other) for \(topic)")
            return other
        }
        guard !replaced.isEmpty else { return }
        list.add(
            "\(names) \(words.joined(separator: " "))",
            "other words for the same: \(replaced.joined(separator: ", "))")
    }

    /// A question too short to have parts is looked at from sides that every subject has.
    private static func addAspects(_ subject: String, _ list: inout List) {
        for aspect in ["introduction", "limitations", "examples design"]
        where list.queries.count < minimumCount {
            list.add("\(subject) \(aspect)", "a side that every subject has")
        }
    }

    private struct List {
        var queries: [PlannedQuery] = []
        private var seen: Set<[String]> = []

        /// Adds a search, unless there is one for the same terms or there are enough.
        mutating func add(_ query: String, _ reason: String) {
            let terms = QueryTerms(query).terms.sorted()
            guard queries.count < maximumCount, !terms.isEmpty, seen.insert(terms).inserted else {
                return
            }
            queries.append(PlannedQuery(query: WhiteSpace.folded(query), reason: reason))
        }
    }
}
