// What a ranking looks for.

/// A stem or phrase with its weight in a query.
struct RankedTerm: Sendable, Equatable {
    enum Source: Sendable, Equatable {
        /// A row of the table `terms`, whose impacts are in the index.
        case stem(Int64)
        /// A phrase in FTS5's language. Every place that has it gets the impact of one occurrence.
        case phrase(String, passageImpact: Double, documentImpact: Double)
        /// The corpus does not have it. It finds nothing, and counts as not covered.
        case unknown
    }

    var source: Source
    /// How much the query cares for it.
    var weight: Double
    /// How much it says, from how few documents have it: `IndexReader.importance`.
    var importance: Double
}
