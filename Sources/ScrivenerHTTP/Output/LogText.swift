// What an agent has said, as the streams tell it.

/// The data of the event `log`.
struct LogText: Encodable {
    var taskID: String
    var attempt: Int
    /// Where the text begins, in bytes from the first that the attempt said.
    var offset: Int
    var text: String

    enum CodingKeys: String, CodingKey {
        case attempt, offset, text
        case taskID = "task_id"
    }
}
