// Whether sentences bear a statement out, as far as words can tell. A model that summarises says what its sources
// say in other words; a model that makes things up brings words and numbers of its own. So of a statement that
// is taken more than half of its content words stand in the sentences that it cites, or in the titles and headings
// above them, and every number does. Like all tests of words this is no test of meaning: a "not" too many passes,
// which is why the sentences stand beside the statement. The share is what summarisation calls novel
// n-grams, counted the other way round (See, Liu & Manning, "Get To The Point", ACL 2017, section 6.2).

import ScrivenerModel

struct StatementSupport {
    static let leastShare = 0.5
    /// In characters; nobody checks a longer one against its sentences.
    static let maximumLength = 600

    private let lexicon: Lexicon

    /// - Throws: `AgentFailure` when there is no stemmer.
    init() throws { lexicon = try Lexicon() }

    /// The share of a statement's content words that its evidence has; `nil` where it must not be said.
    ///
    /// - Parameter evidence: sentences, and what stands above them.
    func share(of statement: String, in evidence: [String]) -> Double? {
        let words = Set(lexicon.terms(in: statement))
        guard !words.isEmpty, !evidence.isEmpty, statement.count <= Self.maximumLength else {
            return nil
        }
        var known: Set<Lexicon.Term> = []
        var numbers: Set<String> = []
        for text in evidence {
            known.formUnion(lexicon.terms(in: text))
            numbers.formUnion(Self.numbers(in: text))
        }
        guard Self.numbers(in: statement).isSubset(of: numbers) else { return nil }
        let share = Double(words.intersection(known).count) / Double(words.count)
        // Three places, as every share of a report.
        return share > Self.leastShare ? (share * 1000).rounded() / 1000 : nil
    }

    /// Words with a digit in them, without the commas between thousands.
    private static func numbers(in text: String) -> Set<String> {
        Set(
            Tokenizer.words(in: text).filter {
                $0.unicodeScalars.contains(where: Tokenizer.isDigit)
            }
            .map { $0.replacing(",", with: "").lowercased() })
    }
}
