// When a document says that it was published: ISO 8601 where it could be understood, and otherwise
// the document's own words, which a style then prints as they are.

enum CitationDate: Sendable, Equatable {
    /// Month and day where they are known.
    case calendar(year: Int, month: Int?, day: Int?)
    /// In the document's words.
    case text(String)

    /// - Parameter text: one line. `nil` comes of nothing.
    init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        let date = text.prefix { $0 != "T" && $0 != " " }
        let parts = date.split(separator: "-", omittingEmptySubsequences: false)
        let isRest = date.count == text.count || text.count > 10
        guard isRest, (1...3).contains(parts.count), parts[0].count == 4,
            parts.dropFirst().allSatisfy({ $0.count == 2 }),
            parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }),
            let year = Int(parts[0])
        else {
            self = .text(String(text.prefix(60)))
            return
        }
        let month = parts.count > 1 ? Int(parts[1]) : nil
        let day = parts.count > 2 ? Int(parts[2]) : nil
        if let month, !(1...12).contains(month) {
            self = .text(String(text.prefix(60)))
        } else if let day, !(1...31).contains(day) {
            self = .text(String(text.prefix(60)))
        } else {
            self = .calendar(year: year, month: month, day: day)
        }
    }

    /// The year, or the words that stand for it.
    var year: String {
        switch self {
        case .calendar(let year, _, _): String(year)
        case .text(let text): text
        }
    }

    var month: Int? {
        if case .calendar(_, let month, _) = self { month } else { nil }
    }

    var day: Int? {
        if case .calendar(_, _, let day) = self { day } else { nil }
    }

    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]
    /// As MLA and IEEE shorten them.
    static let shortMonths = [
        "Jan.", "Feb.", "Mar.", "Apr.", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.",
        "Dec.",
    ]

    /// `July 21`, `July`, or nothing.
    func monthAndDay(_ names: [String] = months) -> String? {
        guard let month else { return nil }
        return names[month - 1] + (day.map { " \($0)" } ?? "")
    }
}
