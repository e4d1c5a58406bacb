// What a question is about, read off its form alone: no model, no grammar. Names are what is quoted
// or written with capitals where a sentence needs none; sub-questions are sentences and clauses
// with a question word of their own; facets are what "and", "or" and commas coordinate.
//
// This finds the parts of questions as people type them into a search box. It does not understand
// them, and does not need to: a part that makes no sense is one search that finds little.

/// The parts of one question.
struct QuestionParts: Sendable, Equatable {
    /// Names of things, as written, in order of appearance.
    private(set) var entities: [String] = []
    /// Content words that are not part of a name, as written.
    private(set) var topics: [String] = []
    /// Coordinated groups of topics, where there is more than one.
    private(set) var facets: [[String]] = []
    /// Sentences and clauses, where there is more than one.
    private(set) var subQuestions: [String] = []

    init(_ question: some StringProtocol) {
        let words = QuestionWord.words(of: question)
        let names = Self.names(words)
        entities = Self.entities(words, names)
        topics = Self.unique(zip(words, names).filter { $1 == nil && $0.isContent }.map(\.0.text))
        facets = Self.facets(words, names)
        subQuestions = Self.clauses(words)
    }

    /// Whether there is anything to search for.
    var isEmpty: Bool { entities.isEmpty && topics.isEmpty }

    // MARK: Names

    /// For each word the number of the name that it belongs to.
    private static func names(_ words: [QuestionWord]) -> [Int?] {
        let marks = marked(words)
        var result: [Int?] = []
        var number = 0
        var isOpen = false
        for (index, word) in words.enumerated() {
            let isSameQuotation = index > 0 && word.quotation == words[index - 1].quotation
            guard marks[index] else {
                isOpen = false
                result.append(nil)
                continue
            }
            if !isOpen || !isSameQuotation { number += 1 }
            result.append(number)
            isOpen = !word.isLastOfPhrase
        }
        return result
    }

    /// Which words are written as names are.
    private static func marked(_ words: [QuestionWord]) -> [Bool] {
        // In a title, or in shouting, capitals say nothing.
        let long = words.filter { !$0.isFirst && $0.text.count >= 4 }
        let isTitle = long.count >= 4 && long.allSatisfy(\.isCapitalised)
        let isShouting = words.count >= 3 && words.allSatisfy { $0.text == $0.text.uppercased() }
        return words.map { word in
            if word.quotation != nil { return true }
            guard word.isContent, !isShouting else { return false }
            return word.isCoined || (word.isCapitalised && !word.isFirst && !isTitle)
        }
    }

    private static func entities(_ words: [QuestionWord], _ names: [Int?]) -> [String] {
        var texts: [Int: [String]] = [:]
        for (word, name) in zip(words, names) {
            if let name { texts[name, default: []].append(word.text) }
        }
        let joined = texts.sorted { $0.key < $1.key }.map { $0.value.joined(separator: " ") }
        return unique(joined.filter { !QueryTerms($0).isEmpty })
    }

    // MARK: Facets and clauses

    private static let coordinators: Set<String> = ["and", "or", "versus", "vs", "vs.", "than"]

    private static func facets(_ words: [QuestionWord], _ names: [Int?]) -> [[String]] {
        var result: [[String]] = []
        var current: [String] = []
        func end() {
            if !current.isEmpty, !result.contains(current) { result.append(current) }
            current = []
        }
        for (word, name) in zip(words, names) {
            if coordinators.contains(word.lower) {
                end()
                continue
            }
            if name == nil, word.isContent { current.append(word.text) }
            if word.isLastOfPhrase { end() }
        }
        end()
        return result.count > 1 ? result : []
    }

    private static let questionWords: Set<String> = [
        "how", "what", "when", "where", "which", "who", "whose", "why", "does", "do", "is", "are",
        "can", "should", "did", "was", "were", "will",
    ]

    private static func clauses(_ words: [QuestionWord]) -> [String] {
        var result: [[QuestionWord]] = []
        var current: [QuestionWord] = []
        for (index, word) in words.enumerated() {
            let isJoint = index > 0 && (words[index - 1].isLastOfPhrase || current.isEmpty)
            let follows = index > 0 && coordinators.contains(words[index - 1].lower)
            if questionWords.contains(word.lower), isJoint || follows {
                if follows, !current.isEmpty { current.removeLast() }
                result.append(current)
                current = []
            }
            current.append(word)
            if word.isLastOfSentence {
                result.append(current)
                current = []
            }
        }
        result.append(current)
        let texts = result.filter { $0.contains(where: \.isContent) }
            .map { $0.map(\.text).joined(separator: " ") }
        return texts.count > 1 ? unique(texts) : []
    }

    private static func unique(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0.lowercased()).inserted }
    }
}
