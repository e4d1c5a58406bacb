// What a page says about itself: its title, who wrote it and when. Read from where pages really put
// it: the title element, meta tags (HTML, Dublin Core, Open Graph, Highwire Press as Google Scholar
// reads them), `time`, `address` and `rel=author`.

import ScrivenerModel

/// The metadata of one page.
struct HTMLMetadata: HTMLVisitor {
    private(set) var title = ""
    private(set) var firstHeading = ""
    private(set) var authors: [String] = []
    private var published: String?
    private var modified: String?
    private var isScholarly = false
    private var isArticle = false
    private var reading: Field?
    private var buffer = ""

    private enum Field { case title, heading, author }

    init(_ tree: HTMLTree) {
        tree.walk(&self)
        title = cleaned(title)
    }

    /// When it was published, or else last changed, as far as meta tags tell.
    var date: String? { published ?? modified }

    /// A page with the tags of a journal is a paper; one that names itself an article, or has both
    /// an author and a date of publication, is an article; other pages are documentation.
    var kind: SourceKind {
        if isScholarly { return .academicPaper }
        if isArticle || (!authors.isEmpty && published != nil) { return .webArticle }
        return .documentation
    }

    mutating func enter(_ element: HTMLElement) -> Bool {
        switch element.name {
        case "meta": readMeta(element)
        case "time": readTime(element)
        case "title" where title.isEmpty: begin(.title)
        case "h1" where firstHeading.isEmpty: begin(.heading)
        case "address": begin(.author)
        case "a" where element.attribute("rel")?.lowercased() == "author": begin(.author)
        case "script", "style", "svg", "nav", "footer", "template": return false
        default: break
        }
        return true
    }

    mutating func text(_ text: String) {
        if reading != nil, buffer.utf8.count < 1000 { buffer += text }
    }

    mutating func leave(_ element: HTMLElement) {
        switch (reading, element.name) {
        case (.title, "title"): title = WhiteSpace.folded(buffer)
        case (.heading, "h1"): firstHeading = WhiteSpace.folded(buffer)
        case (.author, "address"), (.author, "a"): addAuthor(buffer)
        default: return
        }
        reading = nil
    }

    private mutating func begin(_ field: Field) {
        guard reading == nil else { return }
        reading = field
        buffer = ""
    }

    private mutating func readMeta(_ element: HTMLElement) {
        let name = element.attribute("name") ?? element.attribute("property")
        guard let name = name?.lowercased(), let content = element.attribute("content") else {
            return
        }
        switch name {
        case "author", "dc.creator", "dcterms.creator", "article:author":
            addAuthor(content)
        case "citation_author":
            isScholarly = true
            addAuthor(content)
        case "citation_publication_date", "citation_date", "citation_doi":
            isScholarly = true
            if name != "citation_doi" { published = PublicationDate.describe(content) }
        case "date", "dc.date", "dcterms.created", "dcterms.issued", "article:published_time":
            published = published ?? PublicationDate.describe(content)
        case "last-modified", "dcterms.modified", "article:modified_time", "og:updated_time":
            modified = modified ?? PublicationDate.describe(content)
        case "og:type":
            isArticle = content.lowercased() == "article"
        default: break
        }
    }

    private mutating func readTime(_ element: HTMLElement) {
        let isPublication =
            element.has(attribute: "pubdate") || element.attribute("itemprop") == "datePublished"
        guard isPublication, let date = element.attribute("datetime") else { return }
        published = published ?? PublicationDate.describe(date)
    }

    /// Takes a name; refuses what cannot be one (a URL, a street, a sentence).
    private mutating func addAuthor(_ text: String) {
        var name = WhiteSpace.folded(text)
        for prefix in ["By ", "by ", "Written by ", "Author: "] where name.hasPrefix(prefix) {
            name = String(name.dropFirst(prefix.count))
        }
        guard (1...8).contains(WhiteSpace.wordCount(name)), name.utf8.count <= 100,
            !name.contains("://"), !name.contains("@"), !authors.contains(name),
            !name.contains(where: \.isNumber), authors.count < 50
        else { return }
        authors.append(name)
    }

    /// The title without the name of the site, where the first heading shows which part that is:
    /// `Locking | The Manual` is `Locking` on a page headed so.
    private func cleaned(_ title: String) -> String {
        guard !firstHeading.isEmpty, title != firstHeading, title.hasPrefix(firstHeading) else {
            return title
        }
        let rest = title.dropFirst(firstHeading.count)
        let separators = [" | ", " - ", " – ", " — ", " :: ", " · "]
        return separators.contains(where: rest.hasPrefix) ? firstHeading : title
    }
}
