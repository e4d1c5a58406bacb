// The payloads of the research agents: what a search returns, and what is selected from searches.

import ScrivenerAgentKit
import ScrivenerModel

/// What `web_search` and `academic_search` return.
struct SearchResults: Codable, Sendable, Equatable {
    var query: String
    /// Best first.
    var hits: [SearchHit]
}

/// One document that a search found.
struct SearchHit: Codable, Sendable, Equatable {
    /// Where it lies in its corpus; of a live search its URL.
    var path: String
    var title: String
    /// The part of the document that matches best, verbatim but for `…` where it was cut.
    var snippet: String
    /// Its standing among the hits; see `CorpusSearch`. Greater is better; comparable within one
    /// search only.
    var score: Double
    /// 0…1; see `CorpusSearch`.
    var confidence: Double
    var kind: SourceKind
    /// What a live search knows of it.
    var facts: SourceFacts?
}

/// What a search engine or a catalogue says about a document that nobody has read yet.
struct SourceFacts: Codable, Sendable, Equatable {
    var authors: [String] = []
    /// ISO 8601 where it could be understood.
    var published: String?
    /// The summary by its authors, where the catalogue has it: text that can be quoted.
    var abstract: String?
}

/// What `source_selection` returns.
struct SourceSelection: Codable, Sendable, Equatable {
    /// In the order in which they are to be extracted.
    var documents: [SelectedDocument]

    /// What a task is to extract, by its parameter `rank`; `nil` where fewer were selected.
    static func chosen(for task: AgentTask) throws -> SelectedDocument? {
        let parameters = try TaskParameters(task.parameters, allowed: ["rank"])
        guard let rank = try parameters.integer("rank", in: 1...1000) else {
            throw TaskParameters.missing("rank")
        }
        guard let input = task.inputs.first, task.inputs.count == 1 else {
            throw AgentFailure(
                .invalidInput, code: "selection_missing",
                message: "expected one source selection as input, got \(task.inputs.count)")
        }
        let documents = try input.payload.decode(SourceSelection.self).documents
        return documents.indices.contains(rank - 1) ? documents[rank - 1] : nil
    }
}

/// One selected document.
struct SelectedDocument: Codable, Sendable, Equatable {
    var path: String
    var title: String
    /// 0…1; see `SourceSelector` and `LiveSelection`.
    var confidence: Double
    /// Of a live search.
    var kind: SourceKind?
    var facts: SourceFacts?
}
