// Values as JSON: one spelling everywhere, keys in order, so that answers can be compared.

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

func encoded(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
}

func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok,
    contentType: String = "application/json"
) throws -> Response {
    Response(
        status: status, headers: [.contentType: contentType],
        body: ResponseBody(try encoded(value)))
}

/// What is larger is written in pieces: NIO's buffers end at 4 GiB, in a trap.
private let largestPiece = 16 << 20

extension ResponseBody {
    /// Of any size.
    init<Bytes: RandomAccessCollection<UInt8> & Sendable>(_ bytes: Bytes)
    where Bytes.Index == Int, Bytes.SubSequence: Sendable {
        guard bytes.count > largestPiece else {
            self.init(byteBuffer: ByteBuffer(bytes: bytes))
            return
        }
        self.init(contentLength: bytes.count) { writer in
            var rest = bytes[...]
            while !rest.isEmpty {
                try await writer.write(ByteBuffer(bytes: rest.prefix(largestPiece)))
                rest = rest.dropFirst(largestPiece)
            }
            try await writer.finish(nil)
        }
    }
}
