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
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoded(value))))
}
