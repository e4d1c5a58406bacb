// Enrol, and the answer to it: the two messages of the coordinator's second endpoint.

package import ScrivenerModel

extension WireCodec {
    package static func encode(_ request: EnrolmentRequest) -> [UInt8] {
        var message = ProtoEnrol()
        message.pool = request.pool
        message.name = request.name
        message.tokenBytes = request.token
        return bytes(of: message)
    }

    package static func encode(_ answer: EnrolmentAnswer) -> [UInt8] {
        var message = ProtoEnrolmentAnswer()
        switch answer {
        case .listed(let workerID): message.workerID = workerID
        case .refused(let code, let reason):
            message.refused = ProtoRefused(code: code, reason: reason, isFinal: false)
        }
        return bytes(of: message)
    }

    /// Reads what a replica sent. Whether its names are names is not looked at.
    package static func decode(enrolment bytes: RawSpan) throws(WireError) -> EnrolmentRequest {
        try Check.size(bytes.byteCount, limit: EnrolmentRequest.maximumBytes, "message")
        let message = try parse(ProtoEnrol.self, bytes)
        try Check.name(message.pool, limit: WireLimits.standard.identifierBytes, "pool")
        try Check.name(message.name, limit: WireLimits.standard.identifierBytes, "name")
        let token = message.tokenBytes
        try Check.range(token.count, in: 1...EnrolmentRequest.maximumTokenBytes, "token")
        return EnrolmentRequest(pool: message.pool, name: message.name, token: token)
    }

    /// Reads what the coordinator answered.
    package static func decode(enrolmentAnswer bytes: RawSpan) throws(WireError) -> EnrolmentAnswer
    {
        try Check.size(bytes.byteCount, limit: EnrolmentRequest.maximumBytes, "message")
        let message = try parse(ProtoEnrolmentAnswer.self, bytes)
        guard message.workerID.isEmpty else {
            try Check.text(
                message.workerID, limit: WireLimits.standard.identifierBytes, "worker_id")
            return .listed(workerID: message.workerID)
        }
        guard message.hasRefused,
            case .refused(let code, let reason, _) = try message.refused.model(.standard)
        else { throw .empty(field: "worker_id") }
        return .refused(code: code, reason: reason)
    }
}
