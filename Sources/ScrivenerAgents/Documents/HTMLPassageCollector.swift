// Turns the nodes of a page into passages: a block element begins and ends one, inline elements
// only contribute text. Blocks that are not prose (see `keeps`) are dropped.

/// Collects the main text of one page.
struct HTMLPassageCollector: HTMLVisitor {
    /// A block of fewer words is a label, not a statement.
    static let minimumWords = 4
    /// A cell of a table is prose only from here on: most hold values.
    static let minimumCellWords = 8
    /// A bold block of more words is a paragraph with emphasis, not a heading.
    static let maximumHeadingWords = 40

    private(set) var passages: [Passage] = []
    private(set) var headings: [String] = []
    private(set) var lastModified: String?

    private let boilerplate: HTMLBoilerplate
    private var stack = HeadingStack()
    /// Names of the open elements that were gone into.
    private var open: [String] = []
    private var boxes: [Int] = []
    private var block = Block()
    private var linkDepth = 0
    private var strongDepth = 0
    private var cellDepth = 0
    private var articleDepth = 0

    private struct Block {
        var text = ""
        var size = 0
        var linked = 0
        var strong = 0
    }

    init(_ tree: HTMLTree, boilerplate: HTMLBoilerplate) {
        self.boilerplate = boilerplate
        tree.walk(&self)
        flush()
    }

    // MARK: Nodes

    mutating func enter(_ element: HTMLElement) -> Bool {
        let name = element.name
        if HTMLVocabulary.preformatted.contains(name) || HTMLVocabulary.struckOut.contains(name) {
            flush()
            return false
        }
        if boilerplate.isBoilerplate(element, isInArticle: articleDepth > 0) {
            if HTMLVocabulary.blocks.contains(name) { flush() }
            return false
        }
        if boilerplate.isNoteMark(element) { return false }
        if HTMLVocabulary.blocks.contains(name) { flush() }
        open.append(name)
        if boilerplate.isAdmonition(element) { boxes.append(open.count) }
        if name == "br" { block.text += " " }
        count(name, by: 1)
        return true
    }

    mutating func text(_ text: String) {
        var size = 0
        for byte in text.utf8 where byte > 32 { size += 1 }
        block.text += text
        block.size += size
        if linkDepth > 0 { block.linked += size }
        if strongDepth > 0 { block.strong += size }
    }

    mutating func leave(_ element: HTMLElement) {
        let name = element.name
        if HTMLVocabulary.blocks.contains(name) {
            flush()
            stack.leave(depth: open.count)
        }
        if boxes.last == open.count { boxes.removeLast() }
        count(name, by: -1)
        if !open.isEmpty { open.removeLast() }
    }

    private mutating func count(_ name: String, by step: Int) {
        switch name {
        case "a": linkDepth += step
        case "td", "th": cellDepth += step
        case "article", "main": articleDepth += step
        default: if HTMLVocabulary.strong.contains(name) { strongDepth += step }
        }
    }

    // MARK: Blocks

    /// Ends the block that was being read.
    private mutating func flush() {
        let finished = block
        block = Block()
        guard finished.size > 0 else { return }
        let text = WhiteSpace.folded(finished.text)
        guard !text.isEmpty, !isLastModified(text) else { return }
        if let heading = heading(text, finished) {
            stack.add(text, level: heading.level, scope: heading.scope)
            headings.append(text)
        } else if keeps(text, finished) {
            passages.append(Passage(headings: stack.texts, text: text))
        }
    }

    private mutating func isLastModified(_ text: String) -> Bool {
        guard let date = PublicationDate.lastModified(inLine: text) else { return false }
        lastModified = date
        return true
    }

    /// The level and scope of the block, where it is a heading.
    private func heading(_ text: String, _ block: Block) -> (level: Int, scope: Int)? {
        if let level = open.lazy.compactMap(HTMLVocabulary.headingLevel).first {
            return (level, boxes.last ?? 0)
        }
        if cellDepth > 0 { return nil }
        let owner = owner()
        let isParagraph = HTMLVocabulary.paragraphs.contains(owner.name)
        let scope = max(1, isParagraph ? owner.depth - 1 : owner.depth)
        if owner.name == "dt" { return (HeadingStack.termLevel, scope) }
        guard block.strong == block.size, isHeadingLike(text) else { return nil }
        return (HeadingStack.boldLevel, scope)
    }

    private func isHeadingLike(_ text: String) -> Bool {
        guard let last = text.last, !".!;:,".contains(last) else { return false }
        return (1...Self.maximumHeadingWords).contains(WhiteSpace.wordCount(text))
    }

    /// The block element that the current text stands in, with its depth.
    private func owner() -> (name: String, depth: Int) {
        guard let index = open.lastIndex(where: HTMLVocabulary.blocks.contains) else {
            return ("", 0)
        }
        return (open[index], index + 1)
    }

    /// Whether a block is a passage of prose.
    private func keeps(_ text: String, _ block: Block) -> Bool {
        let linked = Double(block.linked) / Double(max(1, block.size))
        if linked > HTMLBoilerplate.menuLinkDensity || open.contains("th") { return false }
        let minimum = cellDepth > 0 ? Self.minimumCellWords : Self.minimumWords
        return WhiteSpace.wordCount(text) >= minimum
    }
}
