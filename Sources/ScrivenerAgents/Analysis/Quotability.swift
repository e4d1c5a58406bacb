// Which sentences can stand alone. Running text is full of sentences that say nothing outside their
// place: "This is described below.", half a table, a line of code. A quotation must be whole, must
// read as prose, and must not point at something that the reader of a report cannot see.

enum Quotability {
    static let wordCount = 7...55
    /// In characters.
    static let lengthLimit = 420

    /// Whether a sentence can be quoted on its own.
    static func accepts(_ text: Substring) -> Bool {
        guard text.utf8.count <= lengthLimit * 2, text.count <= lengthLimit else { return false }
        guard isClosed(text), isProse(text), isBalanced(text) else { return false }
        let words = Tokenizer.words(in: text)
        guard wordCount.contains(words.count), let first = words.first else { return false }
        return beginsAfresh(text, first, words.dropFirst().first) && !pointsElsewhere(words)
    }

    /// Ends with a stop, perhaps inside a closing bracket or quotation mark.
    private static func isClosed(_ text: Substring) -> Bool {
        for scalar in text.unicodeScalars.reversed() {
            switch scalar {
            case "\"", "'", "\u{201D}", "\u{2019}", ")": continue
            case ".", "!": return !text.hasSuffix("..")
            default: return false
            }
        }
        return false
    }

    /// Mostly letters: not a command, a formula or a row of a table.
    private static func isProse(_ text: Substring) -> Bool {
        var letters = 0
        var others = 0
        for scalar in text.unicodeScalars where !scalar.properties.isWhitespace {
            if scalar.properties.isAlphabetic { letters += 1 } else { others += 1 }
            if "{}=|\\<>$\u{25BA}\u{25BC}".unicodeScalars.contains(scalar) { others += 4 }
        }
        return letters >= others * 6
    }

    private static func isBalanced(_ text: Substring) -> Bool {
        var depth = 0
        var quotes = 0
        for scalar in text.unicodeScalars {
            switch scalar {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "\"": quotes += 1
            case "\u{201C}": quotes += 1
            case "\u{201D}": quotes += 1
            default: break
            }
            if depth < 0 { return false }
        }
        return depth == 0 && quotes % 2 == 0
    }

    private static func beginsAfresh(
        _ text: Substring, _ first: Substring, _ second: Substring?
    ) -> Bool {
        guard let letter = first.unicodeScalars.first,
            let mark = text.unicodeScalars.first,
            Tokenizer.isWord(mark) || mark == "\"" || mark == "\u{201C}",
            letter.properties.isUppercase || first.contains("_")
        else { return false }
        let word = first.lowercased()
        if dependent.contains(word) { return false }
        // "To guard against such failures": what failures, the sentence before said.
        let opening = Tokenizer.words(in: text).prefix(5).map { $0.lowercased() }
        if opening.contains(where: demonstratives.contains) { return false }
        let pair = word + " " + (second?.lowercased() ?? "")
        return !dependentPairs.contains(pair)
    }

    /// Speaks of its own page: "described in this section", "as shown below".
    private static func pointsElsewhere(_ words: [Substring]) -> Bool {
        var last = ""
        for word in words {
            let lower = word.lowercased()
            if pointers.contains(lower) { return true }
            // "Such reports" were mentioned before; "such as" gives an example.
            if last == "such", lower != "as" { return true }
            if selfReferences.contains(lower), places.contains(last) { return true }
            // "In Table 68.1": what the reader does not have.
            if exhibits.contains(last), lower.unicodeScalars.first.map(Tokenizer.isDigit) ?? false {
                return true
            }
            last = lower
        }
        return false
    }

    private static let demonstratives: Set<String> = ["this", "these", "those", "such"]

    /// First words that lean on the sentence before.
    private static let dependent: Set<String> = [
        "this", "that", "these", "those", "it", "its", "they", "their", "them", "he", "she", "his",
        "her", "such", "however", "therefore", "thus", "hence", "but", "and", "or", "nor", "so",
        "also", "then", "otherwise", "instead", "moreover", "furthermore", "additionally",
        "consequently", "nevertheless", "nonetheless", "likewise", "similarly", "conversely",
        "alternatively", "accordingly", "besides", "meanwhile", "yet", "still", "both", "neither",
        "either", "another", "others", "here", "there", "see", "exception", "again", "finally",
        "second", "third", "next", "yes", "no", "typically", "specifically", "namely",
        "fortunately",
        "unfortunately", "hopefully", "rather", "indeed", "i", "we", "example", "further", "even",
    ]

    private static let dependentPairs: Set<String> = [
        "for example", "for instance", "in this", "in that", "in these", "in those", "in such",
        "in addition", "in other", "in contrast", "in particular", "in either", "in both",
        "in general", "on the", "as a", "as such", "as with", "as mentioned", "as noted",
        "as described", "at this", "at that", "by this", "because of", "for this", "for these",
        "for that", "for those", "of course", "to do", "to this", "with this", "with these",
        "with that", "if this", "if these", "if that", "if so", "if not", "if it", "if they",
        "when this", "when it", "when they", "after this", "after that", "before this", "one such",
        "the first", "the second", "the third", "the former", "the latter", "the other",
        "the above", "the same", "the reason", "a second", "a third", "another way", "not all",
        "because this", "because it", "since this", "since it", "unlike this", "all of",
        "none of", "some of", "most of", "each of", "one of", "under this", "from this",
        "failing that", "as before", "all this", "all these", "only the", "note also", "the next",
        "the previous",
    ]

    private static let pointers: Set<String> = [
        "below", "above", "following", "follows", "aforementioned", "hereafter", "herein",
        "foregoing", "preceding", "here", "todo", "fixme",
    ]

    private static let places: Set<String> = ["this", "previous", "next", "last"]

    private static let exhibits: Set<String> = [
        "table", "figure", "example", "listing", "equation",
    ]

    private static let selfReferences: Set<String> = [
        "section", "chapter", "document", "page", "article", "paragraph", "example", "appendix",
        "list", "table", "figure", "step", "item", "subsection", "manual", "documentation",
    ]
}
