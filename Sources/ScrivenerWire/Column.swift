// Columns of a table whose rows arrive as parallel arrays. A column is checked against the number
// of rows once; after that every row has an element.

/// One column of a table.
struct Column<Element: Sendable> {
    private let elements: [Element]
    /// What every row holds when the writer left the column out.
    private let absent: Element?

    /// A column that every table has.
    init(_ elements: [Element], rows: Int, _ field: WireField) throws(WireError) {
        try self.init(elements, absent: nil, rows: rows, field)
    }

    /// A column of numbers that may be left out.
    init(
        optional elements: [Element], rows: Int, _ field: WireField
    ) throws(WireError) where Element: FixedWidthInteger {
        try self.init(elements, absent: 0, rows: rows, field)
    }

    /// A column of marks that may be left out.
    init(
        optional elements: [Bool], rows: Int, _ field: WireField
    ) throws(WireError) where Element == Bool {
        try self.init(elements, absent: false, rows: rows, field)
    }

    /// A column of texts that may be left out.
    init(
        optional elements: [String], rows: Int, _ field: WireField
    ) throws(WireError) where Element == String {
        try self.init(elements, absent: "", rows: rows, field)
    }

    private init(
        _ elements: [Element], absent: Element?, rows: Int, _ field: WireField
    ) throws(WireError) {
        let isLeftOut = absent != nil && elements.isEmpty
        guard isLeftOut || elements.count == rows else {
            throw .columnsDiffer(field: field.text, expected: rows, actual: elements.count)
        }
        self.elements = elements
        self.absent = isLeftOut ? absent : nil
    }

    /// - Precondition: `row` is less than the number of rows that the column was checked against.
    subscript(row: Int) -> Element { absent ?? elements[row] }
}

extension Array where Element: FixedWidthInteger {
    /// The column, or nothing where it may be left out.
    var unlessAllZero: [Element] { allSatisfy { $0 == 0 } ? [] : self }
}

extension [String] {
    /// The column, or nothing where it may be left out.
    var unlessAllEmpty: [String] { allSatisfy(\.isEmpty) ? [] : self }
}

extension [Bool] {
    /// The column, or nothing where it may be left out.
    var unlessAllFalse: [Bool] { contains(true) ? self : [] }
}
