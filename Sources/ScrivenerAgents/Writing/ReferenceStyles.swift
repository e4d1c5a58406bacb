// Four styles for a document that is found at a place: a page of a site or of a corpus. Each
// follows the manual's form for such pages; the parts that our sources never have (site names,
// publishers, dates of access) are left out. Titles keep the capitals that their authors gave them,
// because to take them away one has to know the proper names among them.

/// Publication Manual of the American Psychological Association, 7th ed., 2020, §§ 9.7–9.12, 10.16.
/// Without an author the title stands first; without a date, `(n.d.)`.
enum APAStyle {
    static func format(_ work: CitedWork) -> String {
        let date = "(" + date(work.date) + ")."
        let place = work.locator
        guard !work.authors.isEmpty else { return "\(work.closedTitle) \(date) \(place)" }
        return "\(CitedWork.closed(authors(work.authors))) \(date) \(work.closedTitle) \(place)"
    }

    private static func date(_ date: CitationDate?) -> String {
        guard let date else { return "n.d." }
        return date.year + (date.monthAndDay().map { ", \($0)" } ?? "")
    }

    /// Up to twenty authors; of more the first nineteen and the last.
    private static func authors(_ authors: [AuthorName]) -> String {
        let names = authors.map(name)
        switch names.count {
        case 1: return names[0]
        case 2...20:
            return names.dropLast().joined(separator: ", ") + ", & " + names[names.count - 1]
        default:
            return names.prefix(19).joined(separator: ", ") + ", . . . " + names[names.count - 1]
        }
    }

    private static func name(_ author: AuthorName) -> String {
        guard case .person(_, let family, let suffix) = author.kind, !author.initials.isEmpty else {
            return author.full
        }
        return "\(family), \(author.initials)" + (suffix.map { ", \($0)" } ?? "")
    }
}

/// MLA Handbook, 9th ed., 2021, chapter 5. Without an author the title stands first; a date that is
/// not known is left out.
enum MLAStyle {
    static func format(_ work: CitedWork) -> String {
        var text = ""
        if !work.authors.isEmpty { text += CitedWork.closed(authors(work.authors)) + " " }
        text += "\u{201C}\(work.closedTitle)\u{201D} "
        if let date = work.date { text += self.date(date) + ", " }
        return text + work.locator + "."
    }

    private static func date(_ date: CitationDate) -> String {
        guard let month = date.month else { return date.year }
        let name = CitationDate.shortMonths[month - 1]
        return (date.day.map { "\($0) " } ?? "") + name + " " + date.year
    }

    /// Of three and more only the first.
    private static func authors(_ authors: [AuthorName]) -> String {
        switch authors.count {
        case 1: authors[0].inverted
        case 2: authors[0].inverted + ", and " + authors[1].straight
        default: authors[0].inverted + ", et al."
        }
    }
}

/// The Chicago Manual of Style, 17th ed., 2017, author–date (§§ 15.6–15.16, 15.44, 15.50–15.51).
/// Without an author the title stands first; without a date, `n.d.`
enum ChicagoStyle {
    static func format(_ work: CitedWork) -> String {
        let year = CitedWork.closed(work.date?.year ?? "n.d.")
        let title = "\u{201C}\(work.closedTitle)\u{201D}"
        var text =
            work.authors.isEmpty
            ? "\(title) \(year)"
            : "\(CitedWork.closed(authors(work.authors))) \(year) \(title)"
        if let date = work.date, let month = date.monthAndDay() {
            text += " \(month)\(date.day == nil ? "" : ",") \(date.year)."
        }
        return "\(text) \(work.locator)."
    }

    /// Up to ten authors; of more the first seven.
    private static func authors(_ authors: [AuthorName]) -> String {
        let names = authors.enumerated().map { $0 == 0 ? $1.inverted : $1.straight }
        switch names.count {
        case 1: return names[0]
        case 2...10:
            return names.dropLast().joined(separator: ", ") + ", and " + names[names.count - 1]
        default: return names.prefix(7).joined(separator: ", ") + ", et al."
        }
    }
}

/// IEEE Reference Guide, 2018, "Online sources". Without an author the title stands first; without
/// a date, `n.d.`
enum IEEEStyle {
    static func format(_ work: CitedWork) -> String {
        var text = ""
        if !work.authors.isEmpty { text += authors(work.authors) + ", " }
        let ends = work.title.hasSuffix("?") || work.title.hasSuffix("!")
        text += "\u{201C}\(work.title)\(ends ? "" : ",")\u{201D} "
        return text + CitedWork.closed(date(work.date)) + " [Online]. Available: \(work.locator)"
    }

    private static func date(_ date: CitationDate?) -> String {
        guard let date else { return "n.d." }
        guard let month = date.monthAndDay(CitationDate.shortMonths) else { return date.year }
        return date.day == nil ? "\(month) \(date.year)" : "\(month), \(date.year)"
    }

    /// Up to six authors; of more the first.
    private static func authors(_ authors: [AuthorName]) -> String {
        let names = authors.map(name)
        switch names.count {
        case 1: return names[0]
        case 2: return names[0] + " and " + names[1]
        case 3...6:
            return names.dropLast().joined(separator: ", ") + ", and " + names[names.count - 1]
        default: return names[0] + " et al."
        }
    }

    private static func name(_ author: AuthorName) -> String {
        guard case .person(_, let family, let suffix) = author.kind, !author.initials.isEmpty else {
            return author.full
        }
        return "\(author.initials) \(family)" + (suffix.map { ", \($0)" } ?? "")
    }
}
