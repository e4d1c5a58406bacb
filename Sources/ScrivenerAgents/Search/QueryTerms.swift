// What a query searches for. The words that users type never reach FTS5's query language: they are
// cut into letters and digits here, each is quoted, and only `OR` of our own making joins them.
//
// FTS5's tokenizer (unicode61) cuts at the same places, so that a quoted compound such as
// `"write ahead"` is a phrase to it.

/// The content terms of a query.
struct QueryTerms: Sendable, Equatable {
    /// More terms of one query are ignored. Bounds the cost of a search.
    static let maximumTerms = 32
    /// Longer words are cut.
    static let maximumTermLength = 64

    /// Each counts once for coverage. Lower case; a term of several words is a phrase.
    private(set) var terms: [String] = []
    /// Adjacent words of a compound (`write-ahead`): they only raise the score.
    private(set) var phrases: [String] = []

    init(_ query: some StringProtocol) {
        for compound in Self.compounds(query) where terms.count < Self.maximumTerms {
            add(compound)
        }
    }

    var isEmpty: Bool { terms.isEmpty }

    /// Only the terms, and the phrases, for which the condition holds.
    func filtered(_ isIncluded: (String) -> Bool) -> QueryTerms {
        var result = self
        result.terms = terms.filter(isIncluded)
        result.phrases = phrases.filter(isIncluded)
        return result
    }

    /// The query in FTS5's language: any of the terms.
    var anyOf: String { (terms + phrases).map(Self.quoted).joined(separator: " OR ") }

    /// A string of FTS5: a quote within it is doubled (section 3.1 of the FTS5 manual).
    static func quoted(_ term: String) -> String {
        "\""
            + term.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }

    private mutating func add(_ compound: [String]) {
        let content = compound.filter { !QueryStopWords.contains($0) }
        guard !content.isEmpty else { return }
        // In "B-tree" the letter alone would match anything; only the whole says something.
        if compound.count > 1, compound.contains(where: { $0.count == 1 }) {
            append(compound.joined(separator: " "), to: \.terms)
            return
        }
        for word in content { append(word, to: \.terms) }
        if content.count > 1 { append(compound.joined(separator: " "), to: \.phrases) }
    }

    private mutating func append(_ term: String, to list: WritableKeyPath<QueryTerms, [String]>) {
        if !self[keyPath: list].contains(term) { self[keyPath: list].append(term) }
    }

    /// The words of the query; words joined by `-`, `_`, `.`, `/` or `'` stay together.
    private static func compounds(_ query: some StringProtocol) -> [[String]] {
        var result: [[String]] = []
        var compound: [String] = []
        var word = ""
        func endWord() {
            if !word.isEmpty { compound.append(String(word.prefix(maximumTermLength))) }
            word = ""
        }
        for character in query.lowercased() {
            if character.isLetter || character.isNumber {
                word.append(character)
            } else if "-_./'’".contains(character), !word.isEmpty {
                // A possessive is no part of the word.
                endWord()
            } else {
                endWord()
                if !compound.isEmpty { result.append(compound) }
                compound = []
            }
        }
        endWord()
        if !compound.isEmpty { result.append(compound) }
        return result.map { withoutPossessive($0) }
    }

    private static func withoutPossessive(_ compound: [String]) -> [String] {
        guard compound.count > 1, let last = compound.last, last == "s" || last == "t" else {
            return compound
        }
        return Array(compound.dropLast())
    }
}
