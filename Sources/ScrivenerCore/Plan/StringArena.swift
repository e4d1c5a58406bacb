// Many short strings back to back: 4 bytes and their text each, instead of 16 and an allocation.

/// An append-only list of strings.
package struct StringArena: Sendable, Equatable {
    package private(set) var bytes: [UInt8] = []
    /// Where each string ends.
    package private(set) var ends: [UInt32] = []

    package init() {}

    /// Takes columns as a journal keeps them.
    ///
    /// Returns `nil` when the ends do not lie in order within the bytes.
    package init?(bytes: [UInt8], ends: [UInt32]) {
        var last: UInt32 = 0
        for end in ends {
            guard end >= last, end <= bytes.count else { return nil }
            last = end
        }
        guard Int(last) == bytes.count else { return nil }
        self.bytes = bytes
        self.ends = ends
    }

    package var count: Int { ends.count }

    package mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        precondition(bytes.count <= UInt32.max, "a session's ids exceed 4 GiB")
        ends.append(UInt32(bytes.count))
    }

    package mutating func append(contentsOf other: StringArena) {
        let base = UInt32(bytes.count)
        precondition(bytes.count + other.bytes.count <= UInt32.max, "ids exceed 4 GiB")
        bytes.append(contentsOf: other.bytes)
        ends.append(contentsOf: other.ends.lazy.map { base + $0 })
    }

    package subscript(index: Int) -> String {
        let start = index == 0 ? 0 : Int(ends[index - 1])
        return String(decoding: bytes[start..<Int(ends[index])], as: UTF8.self)
    }

    /// Of the text, in UTF-8's bytes.
    func length(of index: Int) -> Int {
        Int(ends[index]) - (index == 0 ? 0 : Int(ends[index - 1]))
    }

    /// Appends a string's bytes to others.
    ///
    /// - Returns: how many they are.
    func append(_ index: Int, to text: inout [UInt8]) -> Int32 {
        let start = index == 0 ? 0 : Int(ends[index - 1])
        text.append(contentsOf: bytes[start..<Int(ends[index])])
        return Int32(clamping: length(of: index))
    }

    package func matches(_ index: Int, _ text: some Collection<UInt8>) -> Bool {
        let start = index == 0 ? 0 : Int(ends[index - 1])
        return bytes[start..<Int(ends[index])].elementsEqual(text)
    }
}
