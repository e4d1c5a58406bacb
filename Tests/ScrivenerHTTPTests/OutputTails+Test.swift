// One piece at a time, of one session.

import ScrivenerHTTP

extension OutputTails {
    func append(
        _ text: String, dropped: Int64, of origin: OutputOrigin, session: Int64 = 1
    ) {
        append([
            OutputPiece(origin: origin, session: session, text: text, droppedBytes: dropped)
        ])
    }
}
