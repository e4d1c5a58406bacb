// How much text an element holds, and how much of it is links: the two features that tell a menu
// from a paragraph best (Kohlschütter, Fankhauser, Nejdl: "Boilerplate Detection using Shallow Text
// Features", WSDM 2010; its implementation is boilerpipe). Measured in one walk before extraction.

/// The text that an element holds, in bytes that are not white space.
struct TextWeight {
    var text = 0
    var linked = 0

    /// The share of the text that stands in links.
    var linkDensity: Double { text == 0 ? 0 : Double(linked) / Double(text) }
}

/// Measures all block elements of a tree.
struct HTMLTextWeights: HTMLVisitor {
    private(set) var weights: [UnsafeRawPointer: TextWeight] = [:]
    /// Of the whole document.
    private(set) var total = TextWeight()

    private var open: [TextWeight] = []
    private var linkDepth = 0

    init(_ tree: HTMLTree) {
        tree.walk(&self)
    }

    func weight(of element: HTMLElement) -> TextWeight {
        weights[element.identity] ?? TextWeight()
    }

    mutating func enter(_ element: HTMLElement) -> Bool {
        if HTMLVocabulary.skipped.contains(element.name) { return false }
        if element.name == "a", element.has(attribute: "href") { linkDepth += 1 }
        open.append(TextWeight())
        return true
    }

    mutating func text(_ text: String) {
        guard !open.isEmpty else { return }
        var size = 0
        for byte in text.utf8 where byte > 32 { size += 1 }
        open[open.count - 1].text += size
        if linkDepth > 0 { open[open.count - 1].linked += size }
    }

    mutating func leave(_ element: HTMLElement) {
        if element.name == "a", element.has(attribute: "href") { linkDepth -= 1 }
        guard let weight = open.popLast() else { return }
        if HTMLVocabulary.blocks.contains(element.name) { weights[element.identity] = weight }
        guard let parent = open.indices.last else {
            total = weight
            return
        }
        open[parent].text += weight.text
        open[parent].linked += weight.linked
    }
}
