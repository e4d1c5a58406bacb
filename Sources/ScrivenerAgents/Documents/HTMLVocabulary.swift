// What the elements of HTML mean for somebody who wants the running text. The lists follow the
// HTML Living Standard (sections 4.3 "Sections", 4.4 "Grouping content", 4.10 "Forms") and, for
// what older pages still use, HTML 4.01.

/// The elements of HTML, by what they do to running text.
enum HTMLVocabulary {
    /// Never main text, whatever is inside.
    static let skipped: Set<String> = [
        "script", "style", "template", "noscript", "head", "svg", "math", "canvas", "object",
        "embed", "iframe", "frame", "frameset", "noframes", "audio", "video", "map", "select",
        "option", "button", "input", "textarea", "datalist", "dialog", "nav", "footer", "menu",
        "title", "rp", "rt",
    ]

    /// Text as typed: not prose.
    static let preformatted: Set<String> = ["pre", "listing", "xmp", "plaintext"]

    /// Text that its author took back. Left out, and ends a passage: what stood before and after
    /// it is not one stretch of text.
    static let struckOut: Set<String> = ["s", "strike", "del"]

    /// Begin and end a block of text.
    static let blocks: Set<String> = [
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
        "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "form", "h1", "h2", "h3",
        "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "ol", "p",
        "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    ]

    /// Blocks that hold one paragraph, and so lend their parent's scope to a heading.
    static let paragraphs: Set<String> = ["p", "dt", "caption", "summary", "legend", "figcaption"]

    /// Containers that are wholly navigation when most of their text is links.
    static let lists: Set<String> = ["ul", "ol", "dl", "table", "dir"]

    /// Make text stand out; a block of nothing else is a heading in all but name.
    static let strong: Set<String> = ["b", "strong"]

    /// Never taken for boilerplate because of a class: they carry classes about the page.
    static let wholePage: Set<String> = ["html", "body", "main", "article"]

    /// Values of `role` that WAI-ARIA 1.2 gives to what surrounds the main text.
    static let surroundingRoles: Set<String> = [
        "navigation", "banner", "contentinfo", "search", "complementary", "menu", "menubar",
        "toolbar", "directory", "doc-toc", "doc-pagefooter", "doc-pageheader",
    ]

    /// Words in a class or an id that mean navigation wherever they stand (`fancy-toc1`).
    static let navigationWords: Set<String> = [
        "nav", "navbar", "navigation", "navheader", "navfooter", "toc", "breadcrumb",
        "breadcrumbs", "menu", "mainmenu", "submenu", "searchmenu", "pagination", "masthead",
        "cookie", "cookies", "skiplink", "sitemap",
    ]

    /// Classes or ids that mean it when they are the whole name.
    static let surroundingNames: Set<String> = [
        "nosearch", "noprint", "sidebar", "footer", "header", "page-footer", "page-header",
        "site-footer", "site-header", "tagline", "advert", "ads", "share", "sharing", "social",
        "related", "comments", "banner", "editsection", "mw-editsection", "headerlink", "pager",
        "sphinxsidebar", "copyright",
    ]

    /// Classes of boxes beside the text that still are text.
    static let admonitions: Set<String> = [
        "admonition", "note", "tip", "warning", "caution", "important", "callout", "hint",
        "danger", "sidebar-note",
    ]

    /// 1…6 for `h1`…`h6`.
    static func headingLevel(_ name: String) -> Int? {
        guard name.utf8.count == 2, name.hasPrefix("h"), let level = Int(name.dropFirst()),
            (1...6).contains(level)
        else { return nil }
        return level
    }

    /// The words of a class or id: `fancy-toc1` is `fancy` and `toc`.
    static func words(_ name: Substring) -> [Substring] {
        name.split { !$0.isLetter }
    }
}
