// The few turns of English that a report is joined with. They state counts and names, nothing else.

enum Phrasing {
    /// `1 source`, `1,414 sentences`.
    static func count(_ number: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(grouped(number)) \(number == 1 ? singular : plural ?? singular + "s")"
    }

    /// With commas between thousands.
    static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + text
    }

    /// A share with two decimals: `0.61`.
    static func share(_ value: Double) -> String {
        let hundredths = Int((min(1, max(0, value)) * 100).rounded())
        let decimals = String(hundredths % 100)
        return "\(hundredths / 100)." + (decimals.count == 1 ? "0" : "") + decimals
    }

    static func percent(_ value: Double) -> String {
        "\(Int((min(1, max(0, value)) * 100).rounded())) %"
    }

    /// Names with commas and a final conjunction.
    static func list(_ names: [String], _ conjunction: String = "and") -> [Span] {
        var spans: [Span] = []
        for (index, name) in names.enumerated() {
            if index > 0 {
                let isLast = index == names.count - 1
                let last = (names.count > 2 ? ", " : " ") + conjunction + " "
                spans.append(.prose(isLast ? last : ", "))
            }
            spans.append(.name(name))
        }
        return spans
    }

    /// A title or heading without the number that some manuals put before it: `30.3. Write-Ahead
    /// Logging` is `Write-Ahead Logging`. A title of nothing else stays as it is.
    static func unnumbered(_ title: String) -> String {
        var rest = title[...]
        for word in ["Chapter ", "Appendix ", "Section "] where rest.hasPrefix(word) {
            rest = rest.dropFirst(word.count)
        }
        let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard number.contains(where: \.isNumber), number.contains(".") else { return title }
        let name = rest.dropFirst(number.count).drop(while: \.isWhitespace)
        return name.isEmpty || !rest.dropFirst(number.count).hasPrefix(" ") ? title : String(name)
    }
}
