// Documents write their dates in many ways. A date that is understood is given as ISO 8601; one
// that is not is given as it stands, for a reader to make of it what they can.

/// Dates as documents write them.
enum PublicationDate {
    /// `2018-11-26` for `2018-11-26 12:01:01 UTC`, `26 November 2018` or `November 26, 2018`;
    /// `nil` where the text holds no date in one of these forms.
    static func iso8601(in text: some StringProtocol) -> String? {
        let words = String(text).split { !($0.isLetter || $0.isNumber) }
        for index in words.indices {
            let next = Array(words[index...].prefix(3))
            guard next.count == 3 else { return nil }
            if let date = numeric(next) ?? named(next) { return date }
        }
        return nil
    }

    /// The date in the text, or the text itself, cut to a sensible length.
    static func describe(_ text: some StringProtocol) -> String? {
        let folded = WhiteSpace.folded(text)
        guard !folded.isEmpty else { return nil }
        return iso8601(in: folded) ?? String(folded.prefix(40))
    }

    /// The date of a line such as "This page last modified on 2018-11-26 12:01:01 UTC"; `nil` for
    /// a line that is no such line.
    static func lastModified(inLine line: String) -> String? {
        guard line.utf8.count <= 120 else { return nil }
        let words = line.lowercased().split { !$0.isLetter }
        guard let last = words.prefix(4).firstIndex(of: "last"),
            let verb = words[words.index(after: last)...].first,
            ["modified", "updated", "changed", "revised"].contains(verb)
        else { return nil }
        return iso8601(in: line)
    }

    /// Year, month and day, the day possibly run together with a time (`26T12`).
    private static func numeric(_ words: [Substring]) -> String? {
        guard words[0].utf8.count == 4, words[1].utf8.count <= 2 else { return nil }
        let day = words[2].prefix { $0.isNumber }
        guard day.utf8.count <= 2 else { return nil }
        return format(year: Int(words[0]), month: Int(words[1]), day: Int(day))
    }

    private static func named(_ words: [Substring]) -> String? {
        if let month = month(words[0]) {
            return format(year: Int(words[2]), month: month, day: dayNumber(words[1]))
        }
        if let month = month(words[1]) {
            return format(year: Int(words[2]), month: month, day: dayNumber(words[0]))
        }
        return nil
    }

    private static func dayNumber(_ word: Substring) -> Int? {
        Int(word.prefix { $0.isNumber })
    }

    private static func month(_ word: Substring) -> Int? {
        guard word.utf8.count >= 3 else { return nil }
        let lower = word.lowercased()
        let names = [
            "january", "february", "march", "april", "may", "june", "july", "august",
            "september", "october", "november", "december",
        ]
        return names.firstIndex { $0.hasPrefix(lower) }.map { $0 + 1 }
    }

    private static func format(year: Int?, month: Int?, day: Int?) -> String? {
        guard let year, let month, let day, (1000...2999).contains(year),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }
}
