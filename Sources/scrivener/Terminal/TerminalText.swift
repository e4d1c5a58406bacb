// Text as a terminal shows it. What comes from a server may hold escape sequences and characters
// that turn text around; none of them reach a terminal. And a column is as wide as what it shows,
// not as many characters as it has.

import ScrivenerModel

/// Pure functions on text that is meant for a terminal.
enum TerminalText {
    /// The text without control characters and without those that reorder text. Tabs and line
    /// breaks become spaces unless line breaks are to be kept.
    static func cleaned(_ text: String, keepingLineBreaks: Bool = false) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A where keepingLineBreaks: result.append(scalar)
            case 0x09, 0x0A, 0x0D, 0x2028, 0x2029: result.append(" ")
            case 0..<0x20, 0x7F..<0xA0: continue
            case 0x061C, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: continue
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Each line with two spaces before it and a line break after it.
    static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { "  \($0)\n" }.joined()
    }

    /// How many columns the text takes.
    static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    /// The text, cut with an ellipsis where it is wider than `columns`.
    static func truncated(_ text: String, to columns: Int, hasUnicode: Bool = true) -> String {
        guard width(text) > columns else { return text }
        let ellipsis = hasUnicode ? "…" : "..."
        let room = max(0, columns - width(ellipsis))
        var used = 0
        let kept = text.prefix { character in
            used += width(character)
            return used <= room
        }
        return columns >= width(ellipsis) ? kept + ellipsis : String(kept)
    }

    /// The text, filled with spaces to `columns`.
    static func padded(_ text: String, to columns: Int, onTheLeft: Bool = false) -> String {
        let filling = String(repeating: " ", count: max(0, columns - width(text)))
        return onTheLeft ? filling + text : text + filling
    }

    private static func width(_ character: Character) -> Int {
        character.unicodeScalars.map(width).max() ?? 0
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        // East Asian Wide and Fullwidth (Unicode Standard Annex 11), in blocks.
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}

/// Numbers and times, as people read them.
enum Readable {
    /// `18 ms`, `0.4 s`, `12.3 s`, `4 min 05 s`, `2 h 03 min`.
    static func seconds(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "–" }
        if seconds > 0, seconds < 0.1 { return decimal(seconds * 1_000, digits: 0) + " ms" }
        guard seconds >= 60 else { return decimal(max(0, seconds), digits: 1) + " s" }
        let whole = Int(seconds)
        if whole < 3_600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
        return "\(whole / 3_600) h \(twoDigits(whole / 60 % 60)) min"
    }

    /// `0.42 ms`, where less than a millisecond matters.
    static func briefly(_ seconds: Double) -> String {
        seconds < 0.1 ? decimal(seconds * 1_000, digits: 2) + " ms" : Self.seconds(seconds)
    }

    /// `about 42 s left (30 s to 2 min)`: without digits that an estimate does not have.
    static func timeLeft(_ estimate: Estimate) -> String {
        let (low, high) = (roughly(estimate.low), roughly(estimate.high))
        return "about \(roughly(estimate.expected)) left"
            + (low == high ? "" : " (\(low) to \(high))")
    }

    private static func roughly(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "–" }
        let whole = Int(max(0, seconds).rounded())
        if whole < 90 { return "\(whole) s" }
        if whole < 5_400 { return "\((whole + 30) / 60) min" }
        return "\(whole / 3_600) h \(twoDigits(whole / 60 % 60)) min"
    }

    /// A number with a fixed count of decimals, 0…6.
    static func decimal(_ value: Double, digits: Int) -> String {
        let scale = (0..<min(max(digits, 0), 6)).reduce(1.0) { product, _ in product * 10 }
        let scaled = (value * scale).rounded()
        guard scaled.isFinite, abs(scaled) < 9e15 else { return "\(value)" }
        let units = Int64(scaled)
        let fraction = String(abs(units) % Int64(scale))
        let whole = (units < 0 ? "-" : "") + String(abs(units) / Int64(scale))
        guard digits > 0 else { return whole }
        return whole + "." + String(repeating: "0", count: max(0, digits - fraction.count))
            + fraction
    }

    /// In powers of 1,024.
    static func bytes(_ count: Int64) -> String {
        var (value, unit) = (Double(count), "B")
        for larger in ["KiB", "MiB", "GiB", "TiB"] where value >= 1_024 {
            (value, unit) = (value / 1_024, larger)
        }
        return decimal(value, digits: unit == "B" ? 0 : 1) + " " + unit
    }

    static func percent(_ value: Double) -> String { decimal(value, digits: 0) + " %" }

    /// `1 task`, `2 tasks`.
    static func count(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
