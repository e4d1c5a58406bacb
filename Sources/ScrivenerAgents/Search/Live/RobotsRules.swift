// What hosts ask of programs that fetch their pages: the Robots Exclusion Protocol (RFC 9309).

/// Reads `robots.txt`.
struct RobotsRules: Sendable {
    /// Whose rules apply; those for `*` where there are none.
    static let product = "agent-scrivener"
    /// What lies beyond is not read, as section 2.5 of the standard allows.
    static let maximumBytes = 512 << 10

    private struct Rule {
        var allows: Bool
        var pattern: [UInt8]
    }

    /// - Parameter path: with its query.
    func allow(_ path: String, by file: [UInt8]) -> Bool {
        let target = Array(path.utf8)
        // The longest pattern that matches decides, and of two that are as long the one that allows.
        let deciding = Self.rules(in: file).filter { Self.matches($0.pattern, target) }.max {
            ($0.pattern.count, $0.allows ? 1 : 0) < ($1.pattern.count, $1.allows ? 1 : 0)
        }
        return deciding?.allows ?? true
    }

    /// Those of our groups, or else of the groups for everybody.
    private static func rules(in file: [UInt8]) -> [Rule] {
        var own: [Rule]?
        var general: [Rule] = []
        // Whom the group is for; all that is kept of its names, however many there are.
        var isForUs = false
        var isForAll = false
        var isNaming = false
        for line in lines(file) {
            switch line.field {
            case "user-agent":
                if !isNaming { (isForUs, isForAll) = (false, false) }
                isNaming = true
                isForUs = isForUs || isOurs(line.value.lowercased())
                isForAll = isForAll || line.value == "*"
                if isForUs, own == nil { own = [] }
            case "allow", "disallow":
                isNaming = false
                guard !line.value.isEmpty else { continue }
                let rule = Rule(allows: line.field == "allow", pattern: Array(line.value.utf8))
                if isForUs { own?.append(rule) }
                if isForAll { general.append(rule) }
            default: continue
            }
        }
        return own ?? general
    }

    private static func isOurs(_ agent: String) -> Bool {
        agent.prefix { $0.isLetter || $0 == "-" || $0 == "_" } == product
    }

    private static func lines(_ file: [UInt8]) -> [(field: String, value: String)] {
        let text = String(decoding: file.prefix(maximumBytes), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).compactMap { line in
            let content = line.prefix { $0 != "#" }
            guard let colon = content.firstIndex(of: ":") else { return nil }
            let value = content[content.index(after: colon)...]
            return (WhiteSpace.folded(content[..<colon]).lowercased(), WhiteSpace.folded(value))
        }
    }

    /// `*` stands for any bytes, `$` at the end for the end. Takes time that grows with the product of the
    /// lengths at most.
    private static func matches(_ pattern: [UInt8], _ target: [UInt8]) -> Bool {
        let isAnchored = pattern.last == UInt8(ascii: "$")
        let parts = (isAnchored ? pattern.dropLast() : pattern[...]).split(
            separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        var rest = target[...]
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            if index == 0 {
                guard rest.starts(with: part) else { return false }
                rest = rest.dropFirst(part.count)
            } else if isLast, isAnchored {
                return rest.count >= part.count && rest.suffix(part.count).elementsEqual(part)
            } else {
                guard let place = first(part, in: rest) else { return false }
                rest = rest[(place + part.count)...]
            }
        }
        return !isAnchored || rest.isEmpty
    }

    private static func first(_ part: ArraySlice<UInt8>, in text: ArraySlice<UInt8>) -> Int? {
        guard !part.isEmpty else { return text.startIndex }
        guard text.count >= part.count else { return nil }
        return (text.startIndex...text.endIndex - part.count).first {
            text[$0..<$0 + part.count].elementsEqual(part)
        }
    }
}
