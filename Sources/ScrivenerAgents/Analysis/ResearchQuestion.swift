// What a question asks about: the words that are left when grammar and the words that only shape it
// ("how", "compare", "explain") are taken away, and what it sets side by side ("SQLite and
// PostgreSQL"), so that an answer can treat both.

/// A question, taken apart.
struct ResearchQuestion {
    struct Word: Equatable {
        /// As the question spells it.
        var surface: String
        var term: Lexicon.Term
    }

    let text: String
    /// Distinct, in the question's order.
    let words: [Word]
    /// Runs of two or more words that "and", "or", "vs", "with" or a comma join.
    let coordinations: [[Word]]

    /// More words than this are not looked at.
    static let wordLimit = 200

    init(_ text: String, lexicon: Lexicon) {
        self.text = text
        let tokens = Array(Tokenizer.words(in: text).prefix(Self.wordLimit))
        var found = Self.contentWords(tokens, lexicon) { StopWords.shapesQuestion($0) }
        // "How does it work?": nothing but shape. Then the shape is the subject.
        if found.isEmpty { found = Self.contentWords(tokens, lexicon) { _ in false } }
        var seen: Set<Lexicon.Term> = []
        words = found.map(\.word).filter { seen.insert($0.term).inserted }
        coordinations = Self.coordinations(found, tokens, text)
    }

    private static func contentWords(
        _ tokens: [Substring], _ lexicon: Lexicon, leavingOut isShape: (String) -> Bool
    ) -> [(position: Int, word: Word)] {
        tokens.enumerated().compactMap { position, token in
            guard !isShape(token.lowercased()), let term = lexicon.term(of: token) else {
                return nil
            }
            return (position, Word(surface: String(token), term: term))
        }
    }

    private static func coordinations(
        _ found: [(position: Int, word: Word)], _ tokens: [Substring], _ text: String
    ) -> [[Word]] {
        var runs: [[Word]] = []
        var run: [Word] = []
        for (index, current) in found.enumerated() {
            if index > 0, joined(found[index - 1].position, current.position, tokens, text) {
                run.append(current.word)
            } else {
                if run.count > 1 { runs.append(run) }
                run = [current.word]
            }
        }
        if run.count > 1 { runs.append(run) }
        return runs
    }

    /// Whether nothing but a conjunction or a comma stands between two words.
    private static func joined(
        _ left: Int, _ right: Int, _ tokens: [Substring], _ text: String
    ) -> Bool {
        let between = tokens[(left + 1)..<right]
        let gap = text[tokens[left].endIndex..<tokens[right].startIndex]
        if between.isEmpty { return gap.contains(",") || gap.contains("/") }
        return between.allSatisfy { conjunctions.contains($0.lowercased()) }
            && !gap.contains(".") && !gap.contains(";")
    }

    private static let conjunctions: Set<String> = ["and", "or", "vs", "versus", "with", "nor"]
}
