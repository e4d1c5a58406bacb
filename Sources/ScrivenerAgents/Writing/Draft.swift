// A report before it has a form: sections of paragraphs and lists, and in them spans that say what
// they are. What the sources said (quotations), what they are called (names) and what we say
// (prose) stay apart until a renderer escapes each, so that no source can write markup into a
// report, and so that a reviewer can check every quotation against the text that it came from.

import ScrivenerModel

/// The payload of a `drafting` task.
struct Draft: Codable, Sendable, Equatable {
    var title: String
    var question: String
    var sections: [DraftSection]
    /// The cited sources, by number from 1 in the order of first use.
    var references: [DraftReference]
    var questionTerms: [String]
    var uncoveredTerms: [String]
    /// Whether the sources bear on the question.
    var answered: Bool
    /// What a model did for its summary, where one was asked.
    var model: ModelContribution?

    enum CodingKeys: String, CodingKey {
        case title, question, sections, references, answered, model
        case questionTerms = "question_terms"
        case uncoveredTerms = "uncovered_terms"
    }
}

struct DraftReference: Codable, Sendable, Equatable {
    var number: Int
    var source: Source
}

struct DraftSection: Codable, Sendable, Equatable {
    enum Role: String, Codable, Sendable, CaseIterable {
        case introduction, summary, methodology, findings, topic, comparison, conclusion
        case limitations
        case quality
    }

    var role: Role
    var heading: String
    var blocks: [DraftBlock]
    var subsections: [DraftSection] = []
}

/// A paragraph or a list. In JSON `{"paragraph": […]}` or `{"bullets": [[…], …]}`.
enum DraftBlock: Sendable, Equatable {
    case paragraph([Span])
    case bullets([[Span]])

    var spans: [Span] {
        switch self {
        case .paragraph(let spans): spans
        case .bullets(let items): items.flatMap { $0 }
        }
    }
}

/// A piece of text of one origin. In JSON an object with one member, named as the case.
enum Span: Sendable, Equatable {
    /// Our own words: what was counted or computed.
    case prose(String)
    /// Our own words, or a name, that lead a paragraph or an item.
    case lead(String)
    /// What something is called by others: a title, a topic, a term.
    case name(String)
    case quotation(Quotation)
    /// A source, by number, that is not quoted here.
    case citation(Int)
    /// The words of a language model, with what they rest on.
    case statement(DraftStatement)

    /// The numbers of the sources that the span points to.
    var cited: [Int] {
        switch self {
        case .prose, .lead, .name: []
        case .quotation(let quotation): [quotation.citation]
        case .citation(let number): [number]
        case .statement(let statement): statement.citations
        }
    }
}

/// A sentence of a language model. Its evidence goes with it, so that whoever reviews the draft can hold the one
/// against the other without asking where it came from.
struct DraftStatement: Codable, Sendable, Equatable {
    var text: String
    /// Verbatim.
    var evidence: [Evidence]
    /// The numbers of their sources, each once.
    var citations: [Int]
}

/// The words of a source.
struct Quotation: Codable, Sendable, Equatable {
    /// Verbatim.
    var text: String
    /// The number of the source.
    var citation: Int
    /// The source's locator.
    var source: String
    /// The source's title, for reading.
    var title: String
    /// The heading that the text stands under, for reading.
    var section: String?
}

extension Draft {
    /// All sections in reading order, subsections after the section that they belong to.
    var allSections: [DraftSection] { sections.flatMap { [$0] + $0.subsections } }

    /// All quotations in reading order.
    var quotations: [Quotation] { allSections.flatMap(\.quotations) }

    /// All statements of a language model in reading order.
    var statements: [DraftStatement] {
        allSections.flatMap(\.blocks).flatMap(\.spans).compactMap { span in
            if case .statement(let statement) = span { statement } else { nil }
        }
    }

    /// How often each number is cited.
    var uses: [Int: Int] {
        allSections.flatMap(\.blocks).flatMap(\.spans).flatMap(\.cited)
            .reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}

extension DraftSection {
    /// The quotations of the section itself.
    var quotations: [Quotation] {
        blocks.flatMap(\.spans).compactMap { span in
            if case .quotation(let quotation) = span { quotation } else { nil }
        }
    }
}

extension DraftBlock: Codable {
    private enum Key: String, CodingKey { case paragraph, bullets }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let spans = try container.decodeIfPresent([Span].self, forKey: .paragraph) {
            self = .paragraph(spans)
        } else {
            self = .bullets(try container.decode([[Span]].self, forKey: .bullets))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .paragraph(let spans): try container.encode(spans, forKey: .paragraph)
        case .bullets(let items): try container.encode(items, forKey: .bullets)
        }
    }
}

extension Span: Codable {
    private enum Key: String, CodingKey {
        case prose, lead, name, quotation, citation, statement
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let text = try container.decodeIfPresent(String.self, forKey: .prose) {
            self = .prose(text)
        } else if let text = try container.decodeIfPresent(String.self, forKey: .lead) {
            self = .lead(text)
        } else if let text = try container.decodeIfPresent(String.self, forKey: .name) {
            self = .name(text)
        } else if let number = try container.decodeIfPresent(Int.self, forKey: .citation) {
            self = .citation(number)
        } else if let said = try container.decodeIfPresent(DraftStatement.self, forKey: .statement)
        {
            self = .statement(said)
        } else {
            self = .quotation(try container.decode(Quotation.self, forKey: .quotation))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .prose(let text): try container.encode(text, forKey: .prose)
        case .lead(let text): try container.encode(text, forKey: .lead)
        case .name(let text): try container.encode(text, forKey: .name)
        case .quotation(let quotation): try container.encode(quotation, forKey: .quotation)
        case .citation(let number): try container.encode(number, forKey: .citation)
        case .statement(let statement): try container.encode(statement, forKey: .statement)
        }
    }
}
