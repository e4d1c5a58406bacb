// The checks that every value from the outside passes before it becomes part of the vocabulary.

import ScrivenerModel

enum Check {
    /// A size or a count against its limit.
    static func size(_ actual: Int, limit: Int, _ field: WireField) throws(WireError) {
        guard actual <= limit else {
            throw .tooLarge(field: field.text, limit: limit, actual: actual)
        }
    }

    static func range<Number: FixedWidthInteger>(
        _ number: Number, in allowed: ClosedRange<Number>, _ field: WireField
    ) throws(WireError) {
        guard allowed.contains(number) else {
            throw .outOfRange(
                field: field.text, allowed: "\(allowed.lowerBound)…\(allowed.upperBound)",
                actual: "\(number)")
        }
    }

    /// Zero or more.
    static func natural<Number: FixedWidthInteger>(
        _ number: Number, _ field: WireField
    ) throws(WireError) {
        try range(number, in: 0...Number.max, field)
    }

    /// A share or a confidence. NaN is outside every range.
    static func share(_ number: Double, _ field: WireField) throws(WireError) {
        guard number >= 0, number <= 1 else {
            throw .outOfRange(field: field.text, allowed: "0…1", actual: "\(number)")
        }
    }

    static func text(_ text: String, limit: Int, _ field: WireField) throws(WireError) {
        try size(text.utf8.count, limit: limit, field)
    }

    static func optionalText(_ text: String?, limit: Int, _ field: WireField) throws(WireError) {
        if let text { try Self.text(text, limit: limit, field) }
    }

    /// A text that has to say something.
    static func name(_ name: String, limit: Int, _ field: WireField) throws(WireError) {
        guard !name.isEmpty else { throw .empty(field: field.text) }
        try text(name, limit: limit, field)
    }

    /// A list of texts: how many, and how long each.
    static func texts(
        _ texts: [String], count limit: Int, each length: Int, _ field: StaticString
    ) throws(WireError) {
        try size(texts.count, limit: limit, WireField(stringLiteral: field))
        for (row, text) in texts.enumerated() {
            try Self.text(text, limit: length, WireField(field, row: row))
        }
    }

    static func json(_ json: RawJSON, limit: Int, _ field: WireField) throws(WireError) {
        try size(json.bytes.count, limit: limit, field)
        do {
            try JSONReader.validate(json.bytes)
        } catch {
            throw .invalidJSON(
                field: field.text, reason: error.reason.rawValue, offset: error.offset)
        }
    }
}
