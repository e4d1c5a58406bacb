// Which parts of a page are not its main text: navigation, headers, footers, tables of contents.
//
// Three kinds of evidence, surest first. What the page says through its elements and roles. What
// its authors called a part in a class or an id; as such names are only a habit, they are not
// believed of a part that holds most of the page. And link density: a list or table whose text is
// mostly links is a menu (Kohlschütter et al. 2010, see `HTMLTextWeights`). Their classifier learns
// its limits (0.33 for neighbouring blocks) from news pages; manuals link far more from within
// sentences, so that a list here is a menu only from two thirds on.

/// Judges the parts of one page.
struct HTMLBoilerplate {
    /// From which share of linked text on a list or a block is navigation.
    static let menuLinkDensity = 2.0 / 3.0
    /// The share of a page's text above which a class name is not believed.
    static let wholePageShare = 0.5

    let weights: HTMLTextWeights

    /// Whether the element and all in it is to be left out.
    ///
    /// - Parameter isInArticle: whether it stands within an `article` or `main`, where a `header`
    ///   belongs to the text.
    func isBoilerplate(_ element: HTMLElement, isInArticle: Bool) -> Bool {
        let name = element.name
        if HTMLVocabulary.skipped.contains(name) { return true }
        if HTMLVocabulary.wholePage.contains(name) { return false }
        if isHidden(element) { return true }
        if name == "header", !isInArticle { return true }
        if name == "aside" { return !isAdmonition(element) }
        if let role = element.attribute("role")?.lowercased(),
            HTMLVocabulary.surroundingRoles.contains(role)
        {
            return true
        }
        if isNamedAsSurrounding(element), !holdsMostOfThePage(element) { return true }
        return HTMLVocabulary.lists.contains(name)
            && weights.weight(of: element).linkDensity > Self.menuLinkDensity
    }

    /// Whether the element is a box such as a note or a tip.
    func isAdmonition(_ element: HTMLElement) -> Bool {
        guard element.name == "div" || element.name == "aside" || element.name == "section" else {
            return false
        }
        let names = element.attribute("class")?.lowercased().split(separator: " ") ?? []
        return names.contains { HTMLVocabulary.admonitions.contains(String($0)) }
    }

    /// Whether the element is only a mark that points to a note: `[14]`.
    func isNoteMark(_ element: HTMLElement) -> Bool {
        guard element.name == "a" || element.name == "sup" else { return false }
        let names = element.attribute("class")?.lowercased().split(separator: " ") ?? []
        return names.contains("footnote") || names.contains("reference")
            || names.contains("footnote-ref") || names.contains("para")
    }

    private func isHidden(_ element: HTMLElement) -> Bool {
        if element.has(attribute: "hidden") { return true }
        if element.attribute("aria-hidden")?.lowercased() == "true" { return true }
        guard let style = element.attribute("style")?.lowercased() else { return false }
        return style.filter { $0 != " " }.contains("display:none")
    }

    private func isNamedAsSurrounding(_ element: HTMLElement) -> Bool {
        let names = [element.attribute("class"), element.attribute("id")]
        for name in names.compactMap({ $0 }).flatMap({ $0.lowercased().split(separator: " ") }) {
            if HTMLVocabulary.surroundingNames.contains(String(name)) { return true }
            let words = HTMLVocabulary.words(name)
            if words.contains(where: { HTMLVocabulary.navigationWords.contains(String($0)) }) {
                return HTMLVocabulary.headingLevel(element.name) == nil
            }
        }
        return false
    }

    private func holdsMostOfThePage(_ element: HTMLElement) -> Bool {
        let total = weights.total.text - weights.total.linked
        let own = weights.weight(of: element)
        return Double(own.text - own.linked) > Self.wholePageShare * Double(max(1, total))
    }
}
