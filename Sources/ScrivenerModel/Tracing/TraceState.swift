// What tracing systems add to a trace's context for themselves: `tracestate` of W3C Trace Context, section 3.3. To
// everybody else it is a list of texts to pass on, in order.

/// Reads a `tracestate`.
enum TraceState {
    /// The standard's.
    private static let maximumMembers = 32
    private static let maximumKeyBytes = 256
    private static let maximumValueBytes = 256
    /// Of members with what stands between them. Blanks count too; nobody sends that many.
    private static let maximumTextBytes =
        maximumMembers * (maximumKeyBytes + maximumValueBytes + 2)
    /// Where something has to go, members that are longer go first.
    private static let longMemberBytes = 128

    /// The members that there are, as one text; empty when any of them is not one.
    ///
    /// - Parameter maximumBytes: members that are too many go as the standard says: long ones, then the last.
    static func normalized(_ text: String, maximumBytes: Int) -> String {
        // Held against its length first: what nobody may send is not to be taken apart.
        guard !text.isEmpty, text.utf8.count <= maximumTextBytes else { return "" }
        var members: [Substring] = []
        var keys: Set<Substring> = []
        for part in text.split(separator: ",") {
            let member = part.trimmingBlanks
            guard !member.isEmpty else { continue }
            guard let key = key(of: member), keys.insert(key).inserted else { return "" }
            members.append(member)
        }
        guard members.count <= maximumMembers else { return "" }
        while byteCount(members) > maximumBytes {
            let long = members.lastIndex { $0.utf8.count > longMemberBytes }
            members.remove(at: long ?? members.count - 1)
        }
        return members.joined(separator: ",")
    }

    private static func byteCount(_ members: [Substring]) -> Int {
        members.reduce(0) { $0 + $1.utf8.count + 1 } - 1
    }

    /// - Returns: `nil` when it is no member of the list.
    private static func key(of member: Substring) -> Substring? {
        let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, isKey(parts[0].utf8), isValue(parts[1].utf8) else { return nil }
        return parts[0]
    }

    private static func isKey(_ key: Substring.UTF8View) -> Bool {
        guard (1...maximumKeyBytes).contains(key.count), let first = key.first,
            isLetter(first) || isDigit(first)
        else { return false }
        return key.allSatisfy { isLetter($0) || isDigit($0) || "_-*/@".utf8.contains($0) }
    }

    private static func isValue(_ value: Substring.UTF8View) -> Bool {
        (1...maximumValueBytes).contains(value.count)
            && value.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension Substring {
    /// Without the spaces and tabs around it.
    fileprivate var trimmingBlanks: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
