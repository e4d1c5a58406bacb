// Lengths of time as people write them in options and files: a number and a unit.

extension TimeSpan {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3_600e9), ("d", 86_400e9),
    ]

    /// What is written when a length of time is to be said.
    public static let textForm = "a number and a unit: ms, s, m, h or d, as in 30d or 1.5h"

    /// `nil` when the text is not a number that is positive or zero, followed by a unit, or when
    /// the time is longer than a hundred years.
    public init?(text: String) {
        let number = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        let name = text.dropFirst(number.count)
        guard let unit = Self.units.first(where: { $0.name == name }), let value = Double(number),
            value.isFinite, case let span = value * unit.nanoseconds,
            span <= 36_525 * 86_400e9
        else { return nil }
        self.init(nanoseconds: Int64(span.rounded()))
    }
}
