// Which headings stand above a place in a page. HTML says it only by order and level; pages add
// headings of their own making (a bold paragraph, a term of a definition list), and boxes whose
// heading ends with the box. A heading therefore has a scope: the depth of the element within
// which it holds.

/// The headings above the current place, outermost first.
struct HeadingStack {
    /// Below `h6`: a block of nothing but bold text.
    static let boldLevel = 7
    /// Below that: the term that a definition defines.
    static let termLevel = 8

    private struct Open {
        var level: Int
        var scope: Int
        var text: String
    }
    private var open: [Open] = []

    /// Outermost first.
    var texts: [String] { open.map(\.text) }

    /// - Parameter scope: the depth of the element within which the heading holds; 0 for one that
    ///   holds until another of its level or above.
    mutating func add(_ text: String, level: Int, scope: Int) {
        open.removeAll { $0.level >= level && $0.scope >= scope }
        open.append(Open(level: level, scope: scope, text: text))
    }

    /// An element ends: so do the headings that hold only within it.
    mutating func leave(depth: Int) {
        while let last = open.last, last.scope > 0, last.scope >= depth { open.removeLast() }
    }
}
