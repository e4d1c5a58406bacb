// Text into sentences, each a slice of the text: a report quotes whole sentences, so a split inside
// `e.g.` or before `sqlite3_open()` would put half a sentence into somebody's mouth. The method is
// the usual one for well-edited prose: every stop is a candidate, and abbreviations, initials, list
// numbers and what follows decide (Mikheev, "Periods, Capitalized Words, etc.", Computational
// Linguistics 28(3), 2002; Kiss & Strunk, "Unsupervised Multilingual Sentence Boundary Detection",
// 2006). Where both leave a doubt we do not split: two sentences quoted together are still
// verbatim.

enum SentenceSplitter {
    /// The sentences of a text, in order, without surrounding white space. What has no stop at its
    /// end is one, too. Together they are the text.
    static func sentences(in text: String) -> [Substring] {
        let scalars = text.unicodeScalars
        var sentences: [Substring] = []
        var start = skipBlanks(scalars, from: scalars.startIndex)
        var index = start
        while index < scalars.endIndex {
            guard isStop(scalars[index]) else {
                index = scalars.index(after: index)
                continue
            }
            let end = skipClosers(scalars, from: scalars.index(after: index))
            if endsSentence(scalars, stop: index, end: end, start: start) {
                sentences.append(text[start..<end])
                start = skipBlanks(scalars, from: end)
                index = start
            } else {
                index = end
            }
        }
        if start < scalars.endIndex {
            let rest = trimmed(text[start...])
            if !rest.isEmpty { sentences.append(rest) }
        }
        return sentences
    }

    private typealias Scalars = String.UnicodeScalarView

    private static func isStop(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "." || scalar == "!" || scalar == "?" || scalar == "\u{2026}"
    }

    /// Behind further stops, quotation marks and brackets that belong to the sentence.
    private static func skipClosers(_ scalars: Scalars, from index: Scalars.Index) -> Scalars.Index
    {
        var index = index
        while index < scalars.endIndex {
            switch scalars[index] {
            case ".", "!", "?", "\u{2026}", "\"", "'", "\u{2019}", "\u{201D}", "\u{BB}", ")", "]":
                index = scalars.index(after: index)
            default: return skipNote(scalars, from: index)
            }
        }
        return index
    }

    /// Behind the mark of a footnote: `…setting.(1) And`.
    private static func skipNote(_ scalars: Scalars, from index: Scalars.Index) -> Scalars.Index {
        guard index < scalars.endIndex, scalars[index] == "(" || scalars[index] == "[" else {
            return index
        }
        var end = scalars.index(after: index)
        var digits = 0
        while end < scalars.endIndex, Tokenizer.isDigit(scalars[end]), digits < 3 {
            digits += 1
            end = scalars.index(after: end)
        }
        guard digits > 0, end < scalars.endIndex, scalars[end] == ")" || scalars[end] == "]" else {
            return index
        }
        return scalars.index(after: end)
    }

    private static func skipBlanks(_ scalars: Scalars, from index: Scalars.Index) -> Scalars.Index {
        var index = index
        while index < scalars.endIndex, scalars[index].properties.isWhitespace {
            index = scalars.index(after: index)
        }
        return index
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let last = text.unicodeScalars.last, last.properties.isWhitespace {
            text = Substring(text.unicodeScalars.dropLast())
        }
        return text
    }

    private static func endsSentence(
        _ scalars: Scalars, stop: Scalars.Index, end: Scalars.Index, start: Scalars.Index
    ) -> Bool {
        guard end < scalars.endIndex else { return true }
        guard scalars[end].properties.isWhitespace else { return false }
        let following = word(scalars, from: skipBlanks(scalars, from: end))
        guard let first = following.unicodeScalars.first(where: Tokenizer.isWord) else {
            // Nothing but punctuation follows: a dash continues, an opening bracket begins.
            return following.isEmpty || following.hasPrefix("(")
        }
        if first.properties.isLowercase, !isIdentifier(following) { return false }
        guard scalars[stop] == "." else { return true }
        let preceding = word(scalars, before: stop, from: start)
        return !continues(preceding.text, isFirst: preceding.isFirst, following: following)
    }

    /// Whether the point behind a word belongs to the word.
    private static func continues(_ word: String, isFirst: Bool, following: String) -> Bool {
        let lower = word.lowercased()
        if innerAbbreviations.contains(lower) { return true }
        if numberAbbreviations.contains(lower) {
            return following.unicodeScalars.first.map(Tokenizer.isDigit) ?? false
        }
        let scalars = word.unicodeScalars
        // "2.1. Checkpointing": the number of a list item or heading.
        if isFirst, scalars.allSatisfy({ Tokenizer.isDigit($0) || $0 == "." }) { return true }
        // "J. Gray": an initial, unless a word follows that often begins a sentence.
        if scalars.count == 1, let letter = scalars.first, letter.properties.isUppercase {
            let letters = String(
                String.UnicodeScalarView(
                    following.unicodeScalars.filter { $0.properties.isAlphabetic }))
            return !StopWords.contains(letters.lowercased())
        }
        return false
    }

    /// `sqlite3_open()`, `fsync()`, `wal_level`: names that keep their lower case at the beginning
    /// of a sentence.
    private static func isIdentifier(_ word: String) -> Bool {
        word.unicodeScalars.contains { $0 == "_" || $0 == "(" || Tokenizer.isDigit($0) }
    }

    /// The word that begins at an index, up to white space.
    private static func word(_ scalars: Scalars, from index: Scalars.Index) -> String {
        var word = Scalars()
        var index = index
        while index < scalars.endIndex, !scalars[index].properties.isWhitespace, word.count < 40 {
            word.append(scalars[index])
            index = scalars.index(after: index)
        }
        return String(word)
    }

    /// The word that ends at an index, without what opens a bracket or quotation before it, and
    /// whether it is the first of its sentence.
    private static func word(
        _ scalars: Scalars, before stop: Scalars.Index, from start: Scalars.Index
    ) -> (text: String, isFirst: Bool) {
        var begin = stop
        var length = 0
        while begin > start, length < 40 {
            let previous = scalars.index(before: begin)
            if scalars[previous].properties.isWhitespace { break }
            begin = previous
            length += 1
        }
        let isFirst = begin == start
        while begin < stop, !Tokenizer.isWord(scalars[begin]) {
            begin = scalars.index(after: begin)
        }
        return (String(scalars[begin..<stop]), isFirst)
    }

    /// Abbreviations that do not end a sentence.
    private static let innerAbbreviations: Set<String> = [
        "e.g", "i.e", "cf", "vs", "viz", "mr", "mrs", "ms", "dr", "prof", "st", "gen", "rep",
        "fig", "figs", "sec", "sect", "ch", "chap", "eq", "approx", "ca", "resp", "incl", "al",
        "vol", "pp", "ed", "eds", "esp",
    ]

    /// Abbreviations of "number" and the like, which are words of their own before anything else.
    private static let numberAbbreviations: Set<String> = [
        "no", "nos", "p", "art", "ver", "v", "rev", "jan", "feb", "mar", "apr", "jun", "jul",
        "aug", "sep", "sept", "oct", "nov", "dec",
    ]
}
