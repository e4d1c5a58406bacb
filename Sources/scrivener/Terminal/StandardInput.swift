// Reading stdin line by line while other things go on. Reading blocks, so it has a thread of its own, which ends
// with the process.

import Foundation

enum StandardInput {
    /// Its lines as they come, without their ends; ends with it.
    static func lines() -> AsyncStream<[UInt8]> {
        let (lines, source) = AsyncStream.makeStream(of: [UInt8].self)
        Thread.detachNewThread {
            while let line = readLine(strippingNewline: true) { source.yield(Array(line.utf8)) }
            source.finish()
        }
        return lines
    }
}
