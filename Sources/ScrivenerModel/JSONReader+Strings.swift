// What `JSONReader` looks for in a string: where its plain text ends, and what an escape stands for.

extension JSONReader {
    /// Where plain text ends, more or less: eight bytes at a time, as long as none of them is a quotation mark, a
    /// backslash, a control character, or no ASCII ("Determine if a word has a byte less than n", Sean
    /// Anderson, Bit Twiddling Hacks).
    static func endOfPlainText(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var next = range.lowerBound
        let span = bytes.span.bytes
        while next &+ 8 <= range.upperBound {
            let word = span.unsafeLoadUnaligned(fromByteOffset: next, as: UInt64.self)
            let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let escapes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            let special = (quotes &- ones) | (escapes &- ones) | (word &- ones &* 0x20) | word
            guard special & highs == 0 else { break }
            next &+= 8
        }
        return next
    }

    /// What stands for one byte behind a backslash; `nil` for anything else.
    static func simpleEscape(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// `nil` for what is none.
    static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
