// Do the documents bear on the question at all? A ranking always has a first place; this says
// whether it is worth anything. The measure is the share of the question that a document contains:
// its terms, each weighted with how much it says, so that a corpus about databases does not answer
// a question about "database salaries in Norway" because it knows the word "database". The weight
// is the square root of the term weight: otherwise one rare verb would outweigh the subject. Things
// that the question sets side by side count once, and any of them will do, because few documents
// are about both.

/// How much of a question the documents contain.
struct QuestionCoverage {
    /// Words of the question that stand in no document.
    let uncovered: [ResearchQuestion.Word]
    /// 0…1, by document: the weighted share of the question's terms in it.
    let byDocument: [Double]
    /// 0…1: the weighted share of the question's terms in all documents together.
    let overall: Double
    /// By document: in how many of its sentences each of the question's words stands.
    let counts: [[Int]]
    /// By document: whether its title or path has the word.
    let isTitled: [[Bool]]

    init(_ question: ResearchQuestion, _ corpus: SentenceCorpus, _ weights: TermWeights) {
        let position = Dictionary(
            uniqueKeysWithValues: question.words.enumerated().map { ($1.term, $0) })
        let empty = [Int](repeating: 0, count: question.words.count)
        var counts = [[Int]](repeating: empty, count: corpus.documents.count)
        var isTitled = [[Bool]](
            repeating: empty.map { _ in false }, count: corpus.documents.count)
        for sentence in corpus.sentences {
            for term in Set(sentence.terms) {
                if let word = position[term] { counts[sentence.document][word] += 1 }
            }
        }
        for (index, document) in corpus.documents.enumerated() {
            let terms = corpus.lexicon.terms(in: document.title + " " + document.path)
            for term in terms { if let word = position[term] { isTitled[index][word] = true } }
        }
        let parts = Self.parts(question, position)
        func share(_ isCovered: (Int) -> Bool) -> Double {
            var all = 0.0
            var covered = 0.0
            for part in parts {
                let sum = part.reduce(0) { $0 + weights[question.words[$1].term].squareRoot() }
                all += sum / Double(part.count)
                if part.contains(where: isCovered) { covered += sum / Double(part.count) }
            }
            return all > 0 ? covered / all : 0
        }
        func contains(_ document: Int, _ word: Int) -> Bool {
            counts[document][word] > 0 || isTitled[document][word]
        }
        let documents = corpus.documents.indices
        byDocument = documents.map { document in share { contains(document, $0) } }
        overall = share { word in documents.contains { contains($0, word) } }
        uncovered = question.words.enumerated().filter { word, _ in
            !documents.contains { contains($0, word) }
        }.map(\.element)
        self.counts = counts
        self.isTitled = isTitled
    }

    /// The words that must be there, each with its alternatives.
    private static func parts(
        _ question: ResearchQuestion, _ position: [Lexicon.Term: Int]
    ) -> [[Int]] {
        let runs = question.coordinations.map { run in
            run.compactMap { position[$0.term] }.uniqued()
        }
        let joined = Set(runs.flatMap { $0 })
        return runs + question.words.indices.filter { !joined.contains($0) }.map { [$0] }
    }

    /// The share of the question in the document that contains most of it.
    var best: Double { byDocument.max() ?? 0 }

    /// The documents bear on the question when they hold more of it than they lack, all of them
    /// together and the best of them alone.
    var isAnswerable: Bool { overall > 0.5 && best > 0.5 }
}
