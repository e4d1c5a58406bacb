// The documents as sentences and their terms, with the statistics that all weights are made of.
// Sentences are the unit: a report quotes sentences, so they are what is searched, compared and
// counted. A sentence seldom names its subject ("The journal is then deleted."); the title, path
// and headings above it do, so they are kept as its context.

/// A sentence of a document.
struct Sentence {
    var document: Int
    var passage: Int
    /// Verbatim.
    var text: Substring
    /// In order, with repetitions, without stop words.
    var terms: [Lexicon.Term]
    /// Index into `SentenceCorpus.contexts`.
    var context: Int
}

/// All sentences of the documents of one analysis.
struct SentenceCorpus {
    private(set) var documents: [ExtractedDocument]
    private(set) var sentences: [Sentence] = []
    /// The distinct terms of a title, a path and headings.
    private(set) var contexts: [[Lexicon.Term]] = []
    /// By term: how many sentences contain it.
    private(set) var sentenceCounts: [Int] = []
    private(set) var passageCount = 0
    let lexicon: Lexicon

    /// What a document has beyond this is not read.
    static let sentenceLimitPerDocument = 2_000

    /// Reads the documents.
    ///
    /// - Parameter progress: called after each document with the share that has been read.
    /// - Throws: `CancellationError`.
    init(
        _ documents: [ExtractedDocument], lexicon: Lexicon, progress: (Double) -> Void = { _ in }
    ) throws {
        self.documents = documents
        self.lexicon = lexicon
        for index in documents.indices {
            try Task.checkCancellation()
            read(index)
            progress(Double(index + 1) / Double(documents.count))
        }
        count()
    }

    private mutating func read(_ index: Int) {
        let document = documents[index]
        let titleTerms = lexicon.terms(in: document.title) + Self.pathTerms(document.path, lexicon)
        var contextOfHeadings: [[String]: Int] = [:]
        var read = 0
        for (number, passage) in document.passages.enumerated() {
            guard read < Self.sentenceLimitPerDocument else { return }
            passageCount += 1
            let context: Int
            if let known = contextOfHeadings[passage.headings] {
                context = known
            } else {
                context = contexts.count
                contextOfHeadings[passage.headings] = context
                let all = titleTerms + passage.headings.flatMap { lexicon.terms(in: $0) }
                contexts.append(Set(all).sorted())
            }
            for text in SentenceSplitter.sentences(in: passage.text) {
                guard read < Self.sentenceLimitPerDocument else { return }
                read += 1
                sentences.append(
                    Sentence(
                        document: index, passage: number, text: text,
                        terms: lexicon.terms(in: text), context: context))
            }
        }
    }

    /// The terms of a path or URL without the ending of the file.
    private static func pathTerms(_ path: String, _ lexicon: Lexicon) -> [Lexicon.Term] {
        guard let point = path.lastIndex(of: "."), path[point...].count <= 6 else {
            return lexicon.terms(in: path)
        }
        return lexicon.terms(in: path[..<point])
    }

    private mutating func count() {
        var counts = [Int](repeating: 0, count: lexicon.count)
        var lastSeen = [Int](repeating: -1, count: lexicon.count)
        for (index, sentence) in sentences.enumerated() {
            for term in sentence.terms where lastSeen[Int(term)] != index {
                lastSeen[Int(term)] = index
                counts[Int(term)] += 1
            }
        }
        sentenceCounts = counts
    }
}
