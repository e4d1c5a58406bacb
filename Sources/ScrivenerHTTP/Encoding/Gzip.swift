// gzip (RFC 1952) by zlib. It computes where it is called: on the threads on which routes answer, and never
// on the coordinator's own.

import CZlib
import NIOCore

enum Gzip {
    /// How much time is given for how few bytes.
    enum Effort: Int32 {
        /// For what is sent once: of JSON a fifth more bytes than zlib's own default leaves, in a third of the
        /// time.
        case quick = 1
        /// For what is kept.
        case thorough = 9
    }

    /// How much room is made at once for what comes out.
    private static let step = 32 << 10

    /// - Returns: `nil` where zlib does not take it: there is no memory, or it has 4 GiB or more.
    static func compressed(_ body: ByteBuffer, _ effort: Effort) -> ByteBuffer? {
        guard let length = UInt32(exactly: body.readableBytes) else { return nil }
        var stream = z_stream()
        // zlib keeps the address of its stream: all of its life is within this scope.
        return withUnsafeMutablePointer(to: &stream) { stream in
            // 15 bits of window, and 16 for gzip's header.
            let started = deflateInit2_(
                stream, effort.rawValue, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY,
                ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
            guard started == Z_OK else { return nil }
            defer { deflateEnd(stream) }
            return body.withUnsafeReadableBytes { input in
                // zlib only reads it.
                stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: input.bindMemory(to: UInt8.self).baseAddress)
                stream.pointee.avail_in = length
                return finished(stream)
            }
        }
    }

    private static func finished(_ stream: UnsafeMutablePointer<z_stream>) -> ByteBuffer? {
        var result = ByteBuffer()
        var status = Z_OK
        while status == Z_OK {
            result.writeWithUnsafeMutableBytes(minimumWritableBytes: step) { output in
                let room = UInt32(clamping: output.count)
                stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = room
                status = deflate(stream, Z_FINISH)
                return Int(room - stream.pointee.avail_out)
            }
        }
        return status == Z_STREAM_END ? result : nil
    }
}
