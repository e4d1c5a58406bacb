// The bytes of messages, as they were recorded: each is read and written again.

import ScrivenerWire

enum CountedCodec {
    static func run(_ recording: Recording) throws {
        let results = recording.turns.dropFirst().joined().map(\.bytes)
        var bytes = 0
        Counted.start()
        for dispatch in recording.dispatches {
            bytes += WireCodec.encode(try WireCodec.decode(coordinator: dispatch)).count
        }
        for result in results {
            bytes += WireCodec.encode(try WireCodec.decode(worker: result)).count
        }
        Counted.stop()
        let expected = recording.dispatches.joined().count + results.joined().count
        precondition(bytes == expected, "what was read is written as it was")
        Counted.end("codec", times: recording.tasks)
    }
}
