// Columns of a table whose rows arrive as parallel arrays. A column is checked against the number
// of rows once; after that every row has an element.

/// One column of a table.
struct Column<Element: FixedWidthInteger & Sendable> {
    private let elements: [Element]
    /// Left out by the writer: every row holds zero.
    private let isAbsent: Bool

    /// A column that every table has.
    init(_ elements: [Element], rows: Int, _ field: WireField) throws(WireError) {
        guard elements.count == rows else {
            throw .columnsDiffer(field: field.text, expected: rows, actual: elements.count)
        }
        self.elements = elements
        self.isAbsent = false
    }

    /// A column that may be left out.
    init(optional elements: [Element], rows: Int, _ field: WireField) throws(WireError) {
        self.isAbsent = elements.isEmpty
        guard isAbsent || elements.count == rows else {
            throw .columnsDiffer(field: field.text, expected: rows, actual: elements.count)
        }
        self.elements = elements
    }

    /// - Precondition: `row` is less than the number of rows that the column was checked against.
    subscript(row: Int) -> Element { isAbsent ? 0 : elements[row] }
}

extension Array where Element: FixedWidthInteger {
    /// The column, or nothing where it may be left out.
    var unlessAllZero: [Element] { allSatisfy { $0 == 0 } ? [] : self }
}
