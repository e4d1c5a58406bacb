// Tables and lists of facts as text. Widths are those of what is shown; when a terminal is too
// narrow the columns that say they can give way are cut, and nothing else.

/// A table, ready to be laid out.
struct TableRenderer: Sendable, Equatable {
    struct Column: Sendable, Equatable {
        var title: String
        var isRightAligned = false
        /// Whether the column may be cut to fit.
        var isFlexible = false
    }

    /// A flexible column is never cut below this many columns of the terminal.
    static let minimumFlexibleWidth = 8

    var columns: [Column]
    private(set) var rows: [[String]] = []

    init(columns: [Column]) { self.columns = columns }

    /// Adds a row. Missing cells are empty, superfluous ones are dropped; all are cleaned.
    mutating func add(_ cells: [String]) {
        rows.append(
            columns.indices.map { index in
                index < cells.count ? TerminalText.cleaned(cells[index]) : ""
            })
    }

    /// The table, a line break after each line. Laid out to `width` columns where that is given.
    func rendered(width: Int? = nil) -> String {
        let widths = layout(width: width)
        let lines = [columns.map(\.title)] + rows
        return lines.map { line($0, widths: widths) + "\n" }.joined()
    }

    private func line(_ cells: [String], widths: [Int]) -> String {
        let parts = columns.indices.map { index in
            TerminalText.padded(
                TerminalText.truncated(cells[index], to: widths[index]), to: widths[index],
                onTheLeft: columns[index].isRightAligned)
        }
        var text = parts.joined(separator: "  ")
        while text.last == " " { text.removeLast() }
        return text
    }

    private func layout(width: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            rows.reduce(TerminalText.width(columns[index].title)) {
                max($0, TerminalText.width($1[index]))
            }
        }
        guard let width else { return widths }
        var excess = widths.reduce(0, +) + 2 * (columns.count - 1) - width
        while excess > 0, let widest = widestFlexible(widths) {
            let room = widths[widest] - Self.minimumFlexibleWidth
            let next =
                columns.indices
                .filter { columns[$0].isFlexible && widths[$0] < widths[widest] }
                .map { widths[$0] }.max() ?? Self.minimumFlexibleWidth
            let step = max(1, min(excess, room, widths[widest] - next))
            widths[widest] -= step
            excess -= step
        }
        return widths
    }

    private func widestFlexible(_ widths: [Int]) -> Int? {
        columns.indices
            .filter { columns[$0].isFlexible && widths[$0] > Self.minimumFlexibleWidth }
            .max { widths[$0] < widths[$1] }
    }
}

/// Names and values, one a line.
struct FactList: Sendable, Equatable {
    private(set) var facts: [(name: String, value: String)] = []

    /// Adds a fact; one without a value is left out.
    mutating func add(_ name: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        facts.append((name, TerminalText.cleaned(value)))
    }

    func rendered() -> String {
        let width = facts.map { TerminalText.width($0.name) }.max() ?? 0
        return facts.map { TerminalText.padded($0.name, to: width) + "  \($0.value)\n" }.joined()
    }

    static func == (left: FactList, right: FactList) -> Bool {
        left.rendered() == right.rendered()
    }
}
