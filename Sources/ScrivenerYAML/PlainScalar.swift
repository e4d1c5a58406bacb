// What an unquoted scalar means. The rules are those of YAML 1.1 as Yams applies them, so that a
// plan means what other tools make of it, with one difference: where YAML 1.1 reads a number that
// YAML 1.2 or a person reads otherwise (`12:30`, `0755`), the scalar is refused instead of guessed.

import ScrivenerModel

enum PlainScalar: Equatable {
    case value(JSONValue)
    /// With the reason, as a predicate: "is …".
    case refused(String)

    static func resolve(_ text: String) -> PlainScalar {
        switch text {
        case "", "~", "null", "Null", "NULL": .value(.null)
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": .value(.bool(true))
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF":
            .value(.bool(false))
        case ".nan", ".NaN", ".NAN": .refused("is not a number that JSON has")
        default: number(text) ?? .value(.string(text))
        }
    }

    /// `nil` where the text is no number in any notation.
    private static func number(_ text: String) -> PlainScalar? {
        var digits = text.utf8[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        guard let first = digits.first, isDigit(first) || first == UInt8(ascii: ".") else {
            return nil
        }
        if [".inf", ".Inf", ".INF"].contains(String(digits)) {
            return .refused("is not a number that JSON has")
        }
        if digits.contains(UInt8(ascii: ":")) { return sexagesimal(digits) }
        if let radix = radix(of: digits) {
            return integer(digits.dropFirst(2), radix: radix, isNegative: isNegative)
        }
        return decimal(digits, isNegative: isNegative)
    }

    /// `12:30` is 750 in YAML 1.1 and a string in YAML 1.2.
    private static func sexagesimal(_ digits: Substring.UTF8View) -> PlainScalar? {
        let parts = digits.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard let hours = parts.first, hours.allSatisfy(isDigitOrUnderscore),
            parts.dropFirst().allSatisfy({ part in
                let whole = part.prefix { $0 != UInt8(ascii: ".") }
                return (1...2).contains(whole.count) && whole.allSatisfy(isDigit)
                    && (whole.count == 1 || (whole.first ?? 0) < UInt8(ascii: "6"))
            })
        else { return nil }
        return .refused("is a number of base 60 in YAML 1.1 and text elsewhere; put it in quotes")
    }

    private static func radix(of digits: Substring.UTF8View) -> Int? {
        guard digits.first == UInt8(ascii: "0") else { return nil }
        switch digits.dropFirst().first {
        case UInt8(ascii: "x"): return 16
        case UInt8(ascii: "o"): return 8
        case UInt8(ascii: "b"): return 2
        default: return nil
        }
    }

    private static func integer(
        _ digits: Substring.UTF8View, radix: Int, isNegative: Bool
    ) -> PlainScalar? {
        let text = withoutUnderscores(digits)
        guard let first = text.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
            text.utf8.allSatisfy({ isDigit($0, radix: radix) })
        else { return nil }
        guard let value = Int64((isNegative ? "-" : "") + text, radix: radix) else {
            return .refused("does not fit 64 bits; put it in quotes")
        }
        return .value(.integer(value))
    }

    /// Digits, then perhaps a fraction, then perhaps an exponent.
    private static func decimal(
        _ digits: Substring.UTF8View, isNegative: Bool
    ) -> PlainScalar? {
        var rest = digits
        let whole = take(&rest, while: isDigitOrUnderscore)
        let hasFraction = rest.first == UInt8(ascii: ".")
        if hasFraction { rest.removeFirst() }
        let fraction = hasFraction ? take(&rest, while: isDigitOrUnderscore) : ""
        let hasExponent = rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E")
        var exponent = ""
        if hasExponent {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "-") { exponent = "-" }
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
                rest.removeFirst()
            }
            let power = take(&rest, while: isDigit)
            guard !power.isEmpty else { return nil }
            exponent += power
        }
        guard rest.isEmpty, !whole.isEmpty || !fraction.isEmpty else { return nil }
        let sign = isNegative ? "-" : ""
        guard hasFraction || hasExponent else {
            guard whole.utf8.count == 1 || whole.utf8.first != UInt8(ascii: "0") else {
                return .refused("is octal in YAML 1.1 and decimal elsewhere; put it in quotes")
            }
            guard let value = Int64(sign + whole) else {
                return .refused("does not fit 64 bits; put it in quotes")
            }
            return .value(.integer(value))
        }
        let spelled = "\(sign)\(whole.isEmpty ? "0" : whole).\(fraction.isEmpty ? "0" : fraction)"
        guard let value = Double(spelled + (hasExponent ? "e" + exponent : "")), value.isFinite
        else { return .refused("is out of a number's range") }
        return .value(.number(value))
    }

    // MARK: Digits

    private static func take(
        _ rest: inout Substring.UTF8View, while condition: (UInt8) -> Bool
    ) -> String {
        let taken = rest.prefix(while: condition)
        rest = rest[taken.endIndex...]
        return withoutUnderscores(taken)
    }

    private static func withoutUnderscores(_ digits: Substring.UTF8View) -> String {
        String(decoding: digits.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private static func isDigitOrUnderscore(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8, radix: Int) -> Bool {
        let digit: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
        default: return false
        }
        return Int(digit) < radix
    }
}
