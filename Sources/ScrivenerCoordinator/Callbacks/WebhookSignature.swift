// Signatures as the Standard Webhooks specification has them
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md):
// HMAC-SHA256 over the message's id, the time of the attempt and the body, with dots between them.

import Crypto
import Foundation

/// Signs messages.
enum WebhookSignature {
    /// The value of the header `webhook-signature`.
    ///
    /// - Parameters:
    ///   - timestamp: seconds since 1970, as in the header `webhook-timestamp`.
    ///   - key: in base64.
    static func header(id: String, timestamp: Int64, body: [UInt8], key: String) -> String {
        let secret = SymmetricKey(data: Data(base64Encoded: key) ?? Data())
        var code = HMAC<SHA256>(key: secret)
        code.update(data: Data("\(id).\(timestamp).".utf8))
        code.update(data: body)
        return "v1," + Data(code.finalize()).base64EncodedString()
    }
}
