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
            for delivery in callback.deliveries {
                // Those behind the first that is pending wait for it.
                let isNext = delivery == callback.deliveries.last { $0.state == .pending }
                table.add([
                    callback.url, delivery.type.rawValue, delivery.state.rawValue,
                    String(delivery.attempts), delivery.lastStatus.map(String.init) ?? "",
                    isNext ? callback.nextTryAt?.toTheSecond ?? "" : "", delivery.lastError ?? "",
                ])
            }
        }
        return table.rendered(width: columns)
    }
}
