// Text into words, as slices of the text itself, so that whoever counts words can also quote them.
// The rules are those of Unicode's word boundaries (UAX #29) that matter for technical English,
// with two deviations: `_` joins (`wal_sync_method` is one word) and a hyphen parts (`write-ahead`
// is two, so that it meets `write ahead`).

enum Tokenizer {
    /// The words of a text, in order.
    ///
    /// A word is a run of letters, digits and `_`. An apostrophe between letters and a point or
    /// comma between digits stay inside: `doesn't`, `3.7.0`, `1,000`.
    static func words(in text: Substring) -> [Substring] {
        let scalars = text.unicodeScalars
        var words: [Substring] = []
        var start: Substring.Index?
        var last: Unicode.Scalar = " "
        var index = scalars.startIndex
        while index < scalars.endIndex {
            let scalar = scalars[index]
            let next = scalars.index(after: index)
            if isWord(scalar) {
                if start == nil { start = index }
            } else if let begin = start {
                let following = next < scalars.endIndex ? scalars[next] : " "
                if !joins(scalar, after: last, before: following) {
                    words.append(text[begin..<index])
                    start = nil
                }
            }
            last = scalar
            index = next
        }
        if let begin = start { words.append(text[begin...]) }
        return words
    }

    static func words(in text: String) -> [Substring] { words(in: text[...]) }

    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x5F: true
        case 0..<0x80: false
        default:
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || scalar.properties.generalCategory == .nonspacingMark
        }
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { (0x30...0x39) ~= scalar.value }

    private static func joins(
        _ scalar: Unicode.Scalar, after last: Unicode.Scalar, before next: Unicode.Scalar
    ) -> Bool {
        switch scalar {
        case "'", "\u{2019}": isWord(last) && !isDigit(last) && isWord(next) && !isDigit(next)
        case ".", ",": isDigit(last) && isDigit(next)
        default: false
        }
    }
}
