// The phrases that the relevant sentences are about: "write-ahead log", "rollback journal". They
// become key terms and names of topics, so they are words of the documents in the documents' own
// spelling, cut at stop words and punctuation as in RAKE (Rose, Engel, Cramer & Cowley, "Automatic
// Keyword Extraction from Individual Documents", 2010).

import Foundation

/// A run of one to four words that stands in relevant sentences.
struct Phrase {
    /// The terms in order; `Phrase.gap` for a stop word inside (`point-in-time`).
    let terms: [Lexicon.Term]
    /// The commonest spelling.
    var name: String
    /// Indices of the candidate sentences that contain it, ascending.
    var sentences: [Int]
    /// Whether a title or heading contains it.
    var isHeading: Bool
    /// How strongly it marks the relevant sentences.
    var score: Double

    static let gap: Lexicon.Term = -1
    static let wordLimit = 4
}

/// Finds and scores phrases.
///
/// The score is the pointwise Kullback–Leibler divergence of Tomokiyo & Hurst ("A Language Model
/// Approach to Keyphrase Extraction", ACL 2003 workshop): p · log₂(p / q), with p the share of the
/// rank of the relevant sentences that contain the phrase and q the share of all sentences that do
/// (at most: the share of its rarest word). It is multiplied by the number of words, and halved for
/// a single word: Zamir & Etzioni (SIGIR 1998) weigh the phrases of Suffix Tree Clustering so. What
/// an author put into a heading counts double: it is a name already.
struct PhraseFinder {
    private let corpus: SentenceCorpus
    private let candidates: [Sentence]
    private let ranks: [Double]
    private let totalRank: Double
    private let headings: Set<[Lexicon.Term]>
    private let verbs: Set<Lexicon.Term>

    init(_ corpus: SentenceCorpus, candidates: [Sentence], ranks: [Double]) {
        self.corpus = corpus
        self.candidates = candidates
        self.ranks = ranks
        totalRank = ranks.reduce(0, +)
        headings = Self.headingPhrases(corpus, candidates)
        verbs = Set(corpus.lexicon.terms(in: Self.verbs))
    }

    /// The phrases that stand in two or more candidate sentences and mark them, best first.
    ///
    /// - Parameter excluding: terms of the question. A phrase of nothing else says nothing new.
    /// - Throws: `CancellationError`.
    func phrases(excluding question: Set<Lexicon.Term>) throws -> [Phrase] {
        var found: [Phrase] = []
        var spellings: [[String: Int]] = []
        var indexOfTerms: [[Lexicon.Term]: Int] = [:]
        for (number, sentence) in candidates.enumerated() {
            if number % 32 == 0 { try Task.checkCancellation() }
            for (terms, text) in Self.runs(in: sentence.text, corpus.lexicon) {
                if terms.allSatisfy({ question.contains($0) || $0 == Phrase.gap }) { continue }
                let index = indexOfTerms[terms] ?? found.count
                if index == found.count {
                    indexOfTerms[terms] = index
                    found.append(
                        Phrase(
                            terms: terms, name: "", sentences: [],
                            isHeading: headings.contains(terms), score: 0))
                    spellings.append([:])
                }
                if found[index].sentences.last != number { found[index].sentences.append(number) }
                spellings[index][String(text), default: 0] += 1
            }
        }
        for index in found.indices {
            found[index].name = Self.commonest(spellings[index])
            found[index].score = score(found[index], found[index].sentences)
        }
        return found.filter { $0.sentences.count > 1 && $0.score > 0 && isNominal($0) }
            .sorted { ($1.score, $0.name) < ($0.score, $1.name) }
    }

    /// The score of a phrase when only some of its sentences count.
    func score(_ phrase: Phrase, _ sentences: [Int]) -> Double {
        let rank = sentences.reduce(0) { $0 + ranks[$1] }
        let counts = phrase.terms.filter { $0 != Phrase.gap }.map { corpus.sentenceCounts[Int($0)] }
        guard rank > 0, let rarest = counts.min(), rarest > 0 else { return 0 }
        let foreground = rank / totalRank
        let background = Double(rarest) / Double(corpus.sentences.count)
        let length = phrase.terms.count == 1 ? 0.5 : Double(phrase.terms.count)
        return foreground * log2(foreground / background) * length * (phrase.isHeading ? 2 : 1)
    }

    /// Without a grammar, a single word is taken for a name only where an author ended a phrase of
    /// a heading with it: the place of the noun in English.
    private func isNominal(_ phrase: Phrase) -> Bool {
        guard let first = phrase.terms.first, let last = phrase.terms.last,
            !verbs.contains(first), !verbs.contains(last)
        else { return false }
        return phrase.terms.count > 1 || phrase.isHeading && !phrase.name.hasSuffix("ed")
    }

    /// Words of technical prose that say what something does to something, and name nothing.
    private static let verbs = """
        allow appear apply become begin cause change choose consider contain continue create
        currently define depend different do ensure exist expect express following found give
        happen help hold imply include instead keep known large likely make mean need normally
        note occur original possible prevent provide reach remain require result run set show
        similar simply small start stay stop subsequent support take try vary want whole
        written
        """

    /// All runs of one to four words of a sentence that begin and end with words of their own and
    /// that only blanks and hyphens part.
    private static func runs(in text: Substring, _ lexicon: Lexicon)
        -> [(terms: [Lexicon.Term], text: Substring)]
    {
        let words = Tokenizer.words(in: text)
        let terms = words.map { word -> Lexicon.Term in
            guard let term = lexicon.term(of: word) else { return Phrase.gap }
            return lexicon.isWord(term) && word.count > 2 ? term : Phrase.gap
        }
        var runs: [(terms: [Lexicon.Term], text: Substring)] = []
        for start in words.indices where terms[start] != Phrase.gap {
            var run: [Lexicon.Term] = []
            for end in start..<min(words.count, start + Phrase.wordLimit) {
                if end > start {
                    let gap = text[words[end - 1].endIndex..<words[end].startIndex]
                    let isHyphen = gap == "-"
                    guard isHyphen || gap == " " else { break }
                    let touchesGap = terms[end] == Phrase.gap || terms[end - 1] == Phrase.gap
                    if touchesGap && !isHyphen { break }
                }
                run.append(terms[end])
                guard terms[end] != Phrase.gap else { continue }
                runs.append((run, text[words[start].startIndex..<words[end].endIndex]))
            }
        }
        return runs
    }

    private static func headingPhrases(_ corpus: SentenceCorpus, _ candidates: [Sentence])
        -> Set<[Lexicon.Term]>
    {
        var texts: Set<String> = []
        for sentence in candidates {
            let document = corpus.documents[sentence.document]
            texts.insert(document.title)
            texts.formUnion(document.passages[sentence.passage].headings)
        }
        var phrases: Set<[Lexicon.Term]> = []
        for text in texts {
            let runs = runs(in: text[...], corpus.lexicon)
            for (index, run) in runs.enumerated() {
                // Runs come by their first word, the longer ones later: what no longer run goes on
                // from ends its phrase.
                let goesOn = index + 1 < runs.count && runs[index + 1].terms.count > run.terms.count
                if run.terms.count > 1 || !goesOn { phrases.insert(run.terms) }
            }
        }
        return phrases
    }

    private static func commonest(_ spellings: [String: Int]) -> String {
        spellings.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
    }
}
