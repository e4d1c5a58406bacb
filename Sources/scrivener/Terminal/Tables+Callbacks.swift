// What a session's callbacks were told, for people.

import ScrivenerModel

extension Tables {
    static func callbacks(_ callbacks: [SessionCallback], columns: Int?) -> String {
        guard !callbacks.isEmpty else { return "No callbacks.\n" }
        var table = TableRenderer(columns: [
            .init(title: "CALLBACK", isFlexible: true), .init(title: "TYPE"),
            .init(title: "STATE"), .init(title: "ATTEMPTS", isRightAligned: true),
            .init(title: "STATUS", isRightAligned: true), .init(title: "NEXT TRY"),
            .init(title: "ERROR", isFlexible: true),
        ])
        for callback in callbacks {
            guard !callback.deliveries.isEmpty else {
                table.add([callback.url, "", "nothing yet", "", "", "", ""])
                continue
            }
            let nextTry = callback.nextTryAt?.toTheSecond ?? ""
            let pending = callback.deliveries.filter { $0.state == .pending }
            // Those behind the first that is pending wait for it. It may be too old to be shown.
            let next = pending.count == callback.pending ? pending.last : nil
            for delivery in callback.deliveries {
                table.add([
                    callback.url, delivery.type.rawValue, delivery.state.rawValue,
                    String(delivery.attempts), delivery.lastStatus.map(String.init) ?? "",
                    delivery == next ? nextTry : "", delivery.lastError ?? "",
                ])
            }
            let older = callback.pending - pending.count
            guard older > 0 else { continue }
            table.add([callback.url, "\(older) older", "pending", "", "", nextTry, ""])
        }
        return table.rendered(width: columns)
    }
}
