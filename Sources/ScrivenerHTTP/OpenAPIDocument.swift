// The description of the API for machines: `docs/openapi.yaml`, which is part of the program.

import CDocuments
import HTTPTypes
import Hummingbird
import NIOCore

enum OpenAPIDocument {
    static let bytes: ByteBuffer = {
        let document = scrivener_openapi()
        return ByteBuffer(bytes: UnsafeBufferPointer(start: document.bytes, count: document.count))
    }()

    static var response: Response {
        Response(
            status: .ok, headers: [.contentType: "application/yaml"],
            body: ResponseBody(byteBuffer: bytes))
    }
}
