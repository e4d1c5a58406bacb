// The members of an object, each as the bytes that it is: no number loses a digit on its way through a worker.

import ScrivenerModel

extension RawJSON {
    /// The members; `nil` for any other value, and for an object that has a member twice.
    ///
    /// - Throws: when the bytes are not one JSON value.
    func members() throws(JSONError) -> [String: RawJSON]? {
        try JSONReader.validate(bytes)
        var reader = JSONReader(bytes)
        guard try reader.peekKind() == .object else { return nil }
        var members: [String: RawJSON] = [:]
        try reader.beginObject()
        while let key = try reader.nextKey(first: members.isEmpty) {
            let place = try reader.skipValue()
            guard members.updateValue(RawJSON(Array(bytes[place])), forKey: key) == nil else {
                return nil
            }
        }
        return members
    }
}
