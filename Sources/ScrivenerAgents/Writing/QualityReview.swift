// What a reviewer found: how many of each kind of thing were in order, and each thing that was not.

/// The payload of a `quality_review` task.
struct QualityReview: Codable, Sendable, Equatable {
    /// 0…1, by `formula`, over `checks`.
    var score: Double
    /// How the score comes about, in words.
    var formula: String
    var checks: [QualityCheck]
    /// At most `missLimit`; `missCount` has all.
    var misses: [QualityMiss]
    var missCount: Int
    /// What a model did for it, where one was asked.
    var model: ModelContribution?

    static let missLimit = 100

    enum CodingKeys: String, CodingKey {
        case score, formula, checks, misses, model
        case missCount = "miss_count"
    }
}

struct QualityCheck: Codable, Sendable, Equatable {
    /// Stable: `verbatim`, `resolved`, `used`, `distinct` or `covered`; of a draft with statements of a model
    /// `supported`, and of a review by one `judged`.
    var name: String
    /// What was checked, for people.
    var description: String
    var passed: Int
    var total: Int

    /// The share that passed. Nothing to check is nothing achieved.
    var ratio: Double { total == 0 ? 0 : Double(passed) / Double(total) }
}

struct QualityMiss: Codable, Sendable, Equatable {
    /// Stable: `not_verbatim`, `source_not_read`, `unresolved_citation`, `uncited_source`,
    /// `repeated_quotation`, `term_not_covered`, `no_evidence`, `statement_not_supported` or
    /// `model_doubts`.
    var code: String
    /// For people.
    var message: String
    /// The number in the report, where there is one.
    var citation: Int?
}
