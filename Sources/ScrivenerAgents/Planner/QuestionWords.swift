// A question cut into words, with what their writing tells: capitals, quotes, punctuation.

/// One word of a question.
struct QuestionWord: Sendable, Equatable {
    /// As written, without punctuation around it and without a possessive `'s`.
    var text: String
    /// The first of its sentence.
    var isFirst = false
    /// Stands in quotes, together with the words of the same number.
    var quotation: Int?
    /// What follows it directly ends a phrase: punctuation or a possessive.
    var isLastOfPhrase = false
    /// What follows it directly ends a sentence.
    var isLastOfSentence = false

    /// In lower case.
    var lower: String { text.lowercased() }

    /// Whether it is a content term.
    var isContent: Bool { !QueryTerms(text).isEmpty }

    /// `SQLite`, `WAL`, `max_wal_size`: written as no ordinary word is.
    var isCoined: Bool {
        text.contains("_") || text.dropFirst().contains(where: \.isUppercase)
    }

    var isCapitalised: Bool { text.first?.isUppercase == true }

    /// The words of a question, in order.
    static func words(of question: some StringProtocol) -> [QuestionWord] {
        var reader = Reader()
        for character in question { reader.read(character) }
        reader.endWord()
        return reader.words
    }

    private struct Reader {
        var words: [QuestionWord] = []
        var word = ""
        var isFirst = true
        var quotations = 0
        var isQuoted = false

        mutating func read(_ character: Character) {
            if character.isLetter || character.isNumber || "-_./'’+#".contains(character) {
                word.append(character)
                return
            }
            endWord()
            switch character {
            case "\"", "`", "“", "”", "«", "»":
                isQuoted.toggle()
                if isQuoted { quotations += 1 }
                endPhrase()
            case "?", "!", ";":
                endSentence()
            case _ where character.isWhitespace: break
            default: endPhrase()
            }
        }

        mutating func endWord() {
            let written = word
            word = ""
            let marks: Set<Character> = ["-", ".", "/", "'", "’"]
            var text = Substring(written)
            while let first = text.first, marks.contains(first) { text.removeFirst() }
            let ended = text
            while let last = text.last, marks.contains(last) { text.removeLast() }
            let endsSentence = ended.dropFirst(text.count).contains(".")
            var isPossessive = false
            for ending in ["'s", "’s"] where text.hasSuffix(ending) && text.count > 2 {
                text = text.dropLast(2)
                isPossessive = true
            }
            guard !text.isEmpty else { return }
            words.append(
                QuestionWord(
                    text: String(text), isFirst: isFirst, quotation: isQuoted ? quotations : nil,
                    isLastOfPhrase: isPossessive || endsSentence, isLastOfSentence: endsSentence))
            isFirst = endsSentence
        }

        mutating func endPhrase() {
            if !words.isEmpty { words[words.count - 1].isLastOfPhrase = true }
        }

        mutating func endSentence() {
            endPhrase()
            if !words.isEmpty { words[words.count - 1].isLastOfSentence = true }
            isFirst = true
        }
    }
}
