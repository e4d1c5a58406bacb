// What has to be known of a document before Yams composes it.
//
// To find duplicate keys, Yams hashes every key with everything in it. A key that is a collection
// of aliases of collections of aliases would be hashed for longer than anybody lives, and keys
// nested in keys are hashed once a level. Neither can be a plan (a key must be a string), but the
// walk that says so comes after composing. So this scan looks at the bytes for what such a document
// cannot do without. It knows no quotes and no block scalars, and so errs only towards refusing:
//
// - An alias needs an anchor of the same name. Where both occur, nothing that could be a key made
//   of a collection or of an alias may occur: `]:`, `}:`, `*name:` or an explicit key (`? `).
// - Without aliases, hashing is bounded by the number of such keys and their lengths: an explicit
//   key may be the whole document, any other ends with its line and after 1,024 characters.

import ScrivenerModel

struct ComposeGuard {
    /// How many bytes may be hashed for keys that are collections, each as often as it is nested:
    /// four explicit keys in a document of 4 MiB, 64 in one of 256 KiB.
    static let maximumKeyWork = 1 << 24
    static let maximumImplicitKeyBytes = 1 << 10

    private let bytes: [UInt8]
    private var anchors: Set<ArraySlice<UInt8>> = []
    private var aliases: Set<ArraySlice<UInt8>> = []
    private var explicitKeys = 0
    private var bracketKeys = 0
    /// Where a key that may be more than a scalar was first seen.
    private var firstComplexKey: Int?

    /// - Throws: `ScrivenerError` with the code `plan_syntax`.
    static func check(_ bytes: [UInt8]) throws(ScrivenerError) {
        var scan = ComposeGuard(bytes)
        scan.run()
        if let offset = scan.firstComplexKey, !scan.anchors.isDisjoint(with: scan.aliases) {
            throw syntaxError(
                .planSyntax, at: "",
                "\(scan.position(of: offset)): where aliases are used, a key must not be an "
                    + "alias or a collection")
        }
        let work =
            scan.explicitKeys * bytes.count + scan.bracketKeys * maximumImplicitKeyBytes
        guard work <= maximumKeyWork else {
            throw syntaxError(
                .planSyntax, at: "",
                "too many keys that are collections (`? `, `]:` or `}:`) for a document of this "
                    + "size; a key must be a string")
        }
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func run() {
        /// The last byte on this line that is not a blank.
        var previous: UInt8?
        for (offset, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "&"): note(name(after: offset), in: \.anchors)
            case UInt8(ascii: "*"):
                let name = name(after: offset)
                note(name, in: \.aliases)
                if !name.isEmpty, isColon(after: name.endIndex) { noteComplexKey(at: offset) }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if isColon(after: offset + 1) {
                    bracketKeys += 1
                    noteComplexKey(at: offset)
                }
            case UInt8(ascii: "?"):
                if mayBeginKey(after: previous), isBlankOrBreak(at: offset + 1) {
                    explicitKeys += 1
                    noteComplexKey(at: offset)
                }
            default: break
            }
            if Self.isBreak(byte) {
                previous = nil
            } else if !Self.isBlank(byte) {
                previous = byte
            }
        }
    }

    private mutating func note(
        _ name: ArraySlice<UInt8>,
        in names: WritableKeyPath<ComposeGuard, Set<ArraySlice<UInt8>>>
    ) {
        if !name.isEmpty { self[keyPath: names].insert(name) }
    }

    private mutating func noteComplexKey(at offset: Int) {
        if firstComplexKey == nil { firstComplexKey = offset }
    }

    /// The anchor's or alias's name that begins after an indicator.
    private func name(after offset: Int) -> ArraySlice<UInt8> {
        bytes[(offset + 1)...].prefix { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    private func isColon(after offset: Int) -> Bool {
        bytes[offset...].first { !Self.isBlank($0) } == UInt8(ascii: ":")
    }

    /// Whether a `?` after this byte can be an indicator. A byte that is not ASCII may end a line
    /// break of Unicode.
    private func mayBeginKey(after previous: UInt8?) -> Bool {
        guard let previous else { return true }
        return previous >= 0x80 || "-?:,[{".utf8.contains(previous)
    }

    private func isBlankOrBreak(at offset: Int) -> Bool {
        guard offset < bytes.count else { return true }
        return Self.isBlank(bytes[offset]) || Self.isBreak(bytes[offset]) || bytes[offset] >= 0x80
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    private func position(of offset: Int) -> String {
        let before = bytes[..<offset]
        let line = before.count { $0 == 0x0A } + 1
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let column = String(decoding: bytes[lineStart..<offset], as: UTF8.self).unicodeScalars.count
        return "line \(line), column \(column + 1)"
    }
}
