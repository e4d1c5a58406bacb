// Names as Prometheus has them, whatever a metric was called: swift-metrics sets no rules.
// https://prometheus.io/docs/concepts/data_model/

enum PrometheusName {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`; what may not stand in it becomes an underscore.
    static func metric(_ text: String) -> String { spelled(text, also: [":"]) }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`. Two underscores in front are Prometheus's own, and `le` is a
    /// bucket's bound.
    static func label(_ text: String) -> String {
        var name = spelled(text, also: [])
        while name.hasPrefix("__") { name.removeFirst() }
        return name == "le" ? "le_" : name
    }

    private static func spelled(_ text: String, also more: Set<Unicode.Scalar>) -> String {
        var name = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isDigit = ("0"..."9").contains(scalar)
            if isDigit, name.isEmpty { name.append("_") }
            let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
            let isFine = isLetter || isDigit || scalar == "_" || more.contains(scalar)
            name.append(isFine ? scalar : "_")
        }
        return name.isEmpty ? "_" : String(name)
    }

    /// As it stands between the quotes of a label's value.
    static func escapedValue(_ text: String) -> String {
        escaped(text, ["\\": "\\\\", "\n": "\\n", "\"": "\\\""])
    }

    /// As it stands behind HELP.
    static func escapedHelp(_ text: String) -> String {
        escaped(text, ["\\": "\\\\", "\n": "\\n"])
    }

    private static func escaped(_ text: String, _ marks: [Unicode.Scalar: String]) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            if let mark = marks[scalar] {
                escaped += mark
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// As Go reads numbers, which is what Prometheus is written in.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), abs(value) < 1e15 { return String(whole) }
        return String(value)
    }
}
