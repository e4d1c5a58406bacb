// White space in documents means nothing but "a word ends here". Everything that leaves an
// extractor is folded the same way, so that a quote can be found again by comparing strings.

/// Folding of white space.
enum WhiteSpace {
    /// The text with every run of Unicode white space (no-break spaces too) made one blank, and
    /// none at either end. Nothing else is changed.
    static func folded(_ text: some StringProtocol) -> String {
        var result = String.UnicodeScalarView()
        var pending = false
        for scalar in text.unicodeScalars {
            if isSpace(scalar) {
                pending = true
                continue
            }
            if pending, !result.isEmpty { result.append(" ") }
            pending = false
            result.append(scalar)
        }
        return String(result)
    }

    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x80
            ? scalar == " " || (9...13).contains(scalar.value)
            : scalar.properties.isWhitespace
    }

    /// How many words the text has: runs without white space that contain a letter.
    static func wordCount(_ text: some StringProtocol) -> Int {
        var count = 0
        var hasLetter = false
        for scalar in text.unicodeScalars {
            if isSpace(scalar) {
                count += hasLetter ? 1 : 0
                hasLetter = false
            } else if !hasLetter {
                hasLetter = scalar.properties.isAlphabetic
            }
        }
        return count + (hasLetter ? 1 : 0)
    }
}
