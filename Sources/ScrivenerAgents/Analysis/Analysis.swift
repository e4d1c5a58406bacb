// What the analysis hands to the writer: everything that a report may say about the documents, each
// statement with the words that it rests on. The writer adds no facts.

import ScrivenerModel

/// The payload of a `content_analysis` task.
struct Analysis: Codable, Sendable, Equatable {
    var question: String
    /// The words of the question that name its subject, as it spells them.
    var questionTerms: [String]
    /// Those of them that no document contains.
    var uncoveredTerms: [String]
    /// 0…1: how much of the question the best single document contains (`QuestionCoverage`).
    var coverage: Double
    /// Whether the documents bear on the question. Where they do not, there are no insights.
    var answered: Bool
    /// Things that the question sets side by side, with the documents about each. Empty, or two
    /// and more.
    var subjects: [Subject]
    /// All documents that were read, best first.
    var sources: [Source]
    var keyTerms: [KeyTerm]
    /// The sentences that answer the question most directly, best first within a subject.
    var keySentences: [Evidence]
    /// One a topic, the topic with most to say first.
    var insights: [Insight]
    /// Pairs of sentences of different sources that say nearly the same.
    var agreements: [SourcePair]
    /// Pairs that speak of the same and seem to contradict. A heuristic: for people to judge.
    var contradictions: [SourcePair]
    var reading: Reading
    /// What a model says on the evidence, where one was asked.
    var statements: [ModelStatement]?
    var model: ModelContribution?

    enum CodingKeys: String, CodingKey {
        case question, coverage, answered, subjects, sources, insights, agreements, contradictions
        case reading, statements, model
        case questionTerms = "question_terms"
        case uncoveredTerms = "uncovered_terms"
        case keyTerms = "key_terms"
        case keySentences = "key_sentences"
    }
}

extension Analysis {
    /// All sentences that a report may quote, those that answer most directly first.
    var evidence: [Evidence] {
        keySentences + insights.flatMap(\.supportingEvidence)
            + (agreements + contradictions).flatMap { [$0.first, $0.second] }
    }
}

/// One of the things that a question compares.
struct Subject: Codable, Sendable, Equatable {
    /// As the question spells it.
    var name: String
    /// Locators of the documents about it.
    var sources: [String]
}

/// A phrase that marks the relevant sentences (`PhraseFinder`).
struct KeyTerm: Codable, Sendable, Equatable {
    var term: String
    /// In bits; comparable within one analysis.
    var score: Double
    /// How many documents contain it in a relevant sentence.
    var documents: Int
}

/// Two sentences of different sources.
struct SourcePair: Codable, Sendable, Equatable {
    var first: Evidence
    var second: Evidence
    /// 0…1, the cosine of their term vectors.
    var similarity: Double
    /// What makes it a contradiction: `negation`, `antonyms` or `numbers`. `nil` for an agreement.
    var cue: String?
    /// The words or numbers that the cue is about.
    var detail: String?
}

/// What was read to get here.
struct Reading: Codable, Sendable, Equatable {
    var documents: Int
    /// Places in the selection that the search had no document for.
    var missingDocuments: Int
    var passages: Int
    var sentences: Int
    /// Sentences that were compared with each other.
    var candidates: Int

    enum CodingKeys: String, CodingKey {
        case documents, passages, sentences, candidates
        case missingDocuments = "missing_documents"
    }
}
