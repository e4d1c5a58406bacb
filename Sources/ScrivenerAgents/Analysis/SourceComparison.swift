// Where sources agree and where they seem not to. Two sentences of different documents that share
// most of their terms speak of the same. If nothing sets them against each other they agree. If one
// negates, uses the opposite word or gives another number for the same unit, they may contradict:
// the three cheap cues of de Marneffe, Rafferty & Manning ("Finding Contradictions in Text", ACL
// 2008). It is a heuristic without understanding, so it is strict, and the report says "seem".

import ScrivenerModel

struct SourceComparison {
    let candidates: [Sentence]
    let graph: SentenceGraph
    /// By candidate: the thing that it is about, where the question compares things. Sentences
    /// about different things do not contradict each other.
    let subjects: [Int?]

    struct Pair: Equatable {
        var first: Int
        var second: Int
        var similarity: Double
        var cue: String?
        var detail: String?
    }

    static let agreementSimilarity = 0.5
    static let contradictionSimilarity = 0.6
    /// The same words again: a copy, which is no second opinion.
    private static let copySimilarity = 0.98
    static let pairLimit = 6

    /// Agreements and contradictions, the most similar first; no sentence stands in two pairs of a
    /// kind.
    ///
    /// - Throws: `CancellationError`.
    func pairs() throws -> (agreements: [Pair], contradictions: [Pair]) {
        var agreements: [Pair] = []
        var contradictions: [Pair] = []
        let signs = candidates.map { Signs(String($0.text)) }
        for first in candidates.indices {
            if first % 32 == 0 { try Task.checkCancellation() }
            for second in candidates.indices where second > first {
                let similarity = graph.similarity(first, second)
                guard similarity >= Self.agreementSimilarity,
                    candidates[first].document != candidates[second].document
                else { continue }
                var pair = Pair(first: first, second: second, similarity: similarity)
                if let (cue, detail) = signs[first].conflict(with: signs[second]) {
                    pair.cue = cue
                    pair.detail = detail
                    if similarity >= Self.contradictionSimilarity, sameSubject(first, second) {
                        contradictions.append(pair)
                    }
                } else if similarity < Self.copySimilarity {
                    agreements.append(pair)
                }
            }
        }
        return (Self.best(agreements), Self.best(contradictions))
    }

    private func sameSubject(_ first: Int, _ second: Int) -> Bool {
        guard let left = subjects[first], let right = subjects[second] else { return true }
        return left == right
    }

    private static func best(_ pairs: [Pair]) -> [Pair] {
        var used: Set<Int> = []
        var best: [Pair] = []
        for pair in pairs.sorted(by: {
            ($1.similarity, $0.first, $0.second) < ($0.similarity, $1.first, $1.second)
        }) where best.count < pairLimit {
            guard !used.contains(pair.first), !used.contains(pair.second) else { continue }
            used.formUnion([pair.first, pair.second])
            best.append(pair)
        }
        return best
    }
}

/// What in a sentence can turn its meaning round.
struct Signs {
    private var isNegated = false
    private var words: Set<String> = []
    /// By unit, the word behind the number: the numbers.
    private var quantities: [String: Set<String>] = [:]

    init(_ text: String) {
        let tokens = Tokenizer.words(in: Self.withoutAsides(text)).map { $0.lowercased() }
        var negations = 0
        for (index, token) in tokens.enumerated() {
            let plain = token.replacing("\u{2019}", with: "'")
            words.insert(plain)
            if Self.negations.contains(plain) || plain.hasSuffix("n't") { negations += 1 }
            if token.unicodeScalars.allSatisfy({ Tokenizer.isDigit($0) || $0 == "." || $0 == "," }),
                index + 1 < tokens.count, !StopWords.contains(tokens[index + 1])
            {
                quantities[tokens[index + 1], default: []].insert(token)
            }
        }
        isNegated = negations % 2 == 1
    }

    /// The text without what stands in brackets.
    private static func withoutAsides(_ text: String) -> String {
        var depth = 0
        var kept = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "(" { depth += 1 }
            if depth == 0 { kept.append(scalar) }
            if scalar == ")" { depth = max(0, depth - 1) }
        }
        return String(kept)
    }

    /// Why two sentences that speak of the same may contradict, or `nil`. What holds under
    /// different conditions does not contradict, so a sentence with a condition never does here.
    func conflict(with other: Signs) -> (cue: String, detail: String)? {
        guard words.isDisjoint(with: Self.conditions), other.words.isDisjoint(with: Self.conditions)
        else { return nil }
        for (left, right) in Self.antonyms {
            let pairs = [(left, right), (right, left)]
            for (mine, theirs) in pairs
            where words.contains(mine) && !words.contains(theirs)
                && other.words.contains(theirs) && !other.words.contains(mine)
            {
                // Two oppositions cancel: "not safe" and "unsafe" agree.
                if isNegated == other.isNegated { return ("antonyms", "\(mine) / \(theirs)") }
                return nil
            }
        }
        if isNegated != other.isNegated { return ("negation", isNegated ? "first" : "second") }
        for unit in quantities.keys.sorted() {
            guard let mine = quantities[unit], let theirs = other.quantities[unit],
                mine.isDisjoint(with: theirs)
            else { continue }
            let left = mine.sorted().joined(separator: ", ")
            let right = theirs.sorted().joined(separator: ", ")
            return ("numbers", "\(left) / \(right) \(unit)")
        }
        return nil
    }

    private static let conditions: Set<String> = [
        "if", "unless", "when", "whenever", "while", "until", "though", "although", "but", "except",
        "however", "only", "assuming", "provided", "otherwise", "may", "might", "usually", "should",
    ]

    private static let negations: Set<String> = [
        "not", "no", "never", "cannot", "without", "nor", "neither", "none", "nothing",
    ]

    /// In the fixed order in which they are looked for.
    private static let antonyms: [(String, String)] = [
        ("always", "never"), ("enabled", "disabled"), ("enable", "disable"),
        ("increase", "decrease"), ("increases", "decreases"), ("faster", "slower"),
        ("safe", "unsafe"), ("supported", "unsupported"), ("possible", "impossible"),
        ("larger", "smaller"), ("more", "less"), ("before", "after"), ("required", "optional"),
        ("synchronous", "asynchronous"), ("on", "off"), ("true", "false"), ("allowed", "forbidden"),
        ("allows", "prevents"), ("succeeds", "fails"), ("same", "different"),
        ("minimum", "maximum"),
        ("reliable", "unreliable"), ("necessary", "unnecessary"), ("valid", "invalid"),
    ]
}
