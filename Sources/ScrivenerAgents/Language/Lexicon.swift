// Words become terms: lower case, stop words left out, stems instead of forms, and each distinct
// stem a small number, so that counting and comparing thousands of sentences touches no strings.

/// Interns terms. One per analysis, because the stemmer inside is not `Sendable`.
final class Lexicon {
    /// A term's number; terms are numbered from 0 in the order in which they are met.
    typealias Term = Int32

    private let stemmer: Stemmer
    /// By the word as written, so that a word met again costs one look-up. `none` for stop words.
    private var terms: [Substring: Term] = [:]
    private var termOfStem: [String: Term] = [:]
    private(set) var stems: [String] = []

    private static let none: Term = -1

    init() throws { stemmer = try Stemmer() }

    var count: Int { stems.count }

    /// The term of a word, or `nil` for a stop word or a single letter.
    func term(of word: Substring) -> Term? {
        if let known = terms[word] { return known == Self.none ? nil : known }
        let term = intern(Self.normalised(word))
        // A copy, so that the table does not keep whole passages alive.
        terms[Substring(String(word))] = term
        return term == Self.none ? nil : term
    }

    /// The terms of a text, in order, with repetitions.
    func terms(in text: Substring) -> [Term] {
        Tokenizer.words(in: text).compactMap { term(of: $0) }
    }

    func terms(in text: String) -> [Term] { terms(in: text[...]) }

    /// Whether a term is written with letters only: no number and no identifier.
    func isWord(_ term: Term) -> Bool {
        stems[Int(term)].unicodeScalars.allSatisfy { $0.properties.isAlphabetic }
    }

    private func intern(_ word: String) -> Term {
        let letters = word.unicodeScalars
        if letters.count < 2 && letters.allSatisfy({ !Tokenizer.isDigit($0) }) { return Self.none }
        if StopWords.contains(word) { return Self.none }
        let isPlain = letters.allSatisfy { $0.properties.isAlphabetic }
        let stem = isPlain ? stemmer.stem(word) : word
        if let known = termOfStem[stem] { return known }
        let term = Term(stems.count)
        stems.append(stem)
        termOfStem[stem] = term
        return term
    }

    /// Lower case, a plain apostrophe, and no possessive.
    private static func normalised(_ word: Substring) -> String {
        var lower = word.lowercased()
        if !lower.utf8.allSatisfy({ $0 < 0x80 }) {
            lower = String(
                String.UnicodeScalarView(
                    lower.unicodeScalars.map { $0 == "\u{2019}" ? "'" : $0 }))
        }
        return lower.hasSuffix("'s") ? String(lower.dropLast(2)) : lower
    }
}
