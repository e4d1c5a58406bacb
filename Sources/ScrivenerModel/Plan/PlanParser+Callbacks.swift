// The part of a plan that says who is told of the session's life. What is wrong with a URL or a
// secret is said without quoting it.

extension PlanParser {
    mutating func readCallbacks() throws(JSONError) -> [PlanCallback] {
        guard try expect(.array) else { return [] }
        var callbacks: [PlanCallback] = []
        var count = 0
        try reader.beginArray()
        while try reader.nextElement(first: count == 0) {
            if count < limits.maximumCallbacks {
                path.enter(count)
                if let callback = try readCallback() { callbacks.append(callback) }
                path.leave()
            } else {
                _ = try reader.skipValue()
            }
            count += 1
        }
        if count > limits.maximumCallbacks {
            let isOff = limits.maximumCallbacks == 0
            findings.add(
                Mistake(
                    .planTooLarge, at: path.pointer,
                    isOff ? "webhooks are switched off here" : "too many callbacks",
                    limit: "\(limits.maximumCallbacks)", actual: "\(count)"))
        }
        return callbacks
    }

    private mutating func readCallback() throws(JSONError) -> PlanCallback? {
        var url: CallbackURL?
        var events: [CallbackEvent]? = CallbackEvent.ends
        var secret: CallbackSecret?
        let seen = try readObject {
            (parser, field: PlanCallback.CodingKeys) throws(JSONError) in
            switch field {
            case .url:
                url = try parser.sound { text throws(CallbackDefect) in try CallbackURL(text) }
            case .events: events = try parser.readEvents()
            case .secret:
                secret = try parser.sound { text throws(CallbackDefect) in
                    try CallbackSecret(text)
                }
            }
        }
        guard let seen else { return nil }
        require(.url, in: seen)
        require(.secret, in: seen)
        guard let url, let events, let secret else { return nil }
        return PlanCallback(url: url, events: events, secret: secret)
    }

    private mutating func sound<Value>(
        _ make: (String) throws(CallbackDefect) -> Value
    ) throws(JSONError) -> Value? {
        guard try expect(.string) else { return nil }
        let text = try reader.readString()
        do throws(CallbackDefect) {
            return try make(text)
        } catch {
            findings.add(
                Mistake(
                    .planInvalidCallback, at: path.pointer, error.message, limit: error.limit,
                    actual: error.actual))
            return nil
        }
    }

    /// - Returns: in the order in which they are declared; `nil` where something is wrong.
    private mutating func readEvents() throws(JSONError) -> [CallbackEvent]? {
        guard try expect(.array) else { return nil }
        var events: [CallbackEvent] = []
        var count = 0
        try reader.beginArray()
        while try reader.nextElement(first: count == 0) {
            path.enter(count)
            if let event = try readEvent() {
                if events.contains(event) {
                    findings.add(
                        Mistake(
                            .planInvalidCallback, at: path.pointer, "the event stands twice",
                            actual: event.rawValue))
                } else {
                    events.append(event)
                }
            }
            path.leave()
            count += 1
        }
        if count == 0 {
            findings.add(
                Mistake(
                    .planInvalidCallback, at: path.pointer,
                    "must name an event, or be absent for the session's end"))
        }
        return events.count == count && count > 0
            ? CallbackEvent.allCases.filter(events.contains) : nil
    }

    private mutating func readEvent() throws(JSONError) -> CallbackEvent? {
        guard try expect(.string) else { return nil }
        let word = try reader.readString()
        if let event = CallbackEvent(rawValue: word) { return event }
        let known = CallbackEvent.allCases.map(\.rawValue)
        let nearest = Suggestion.nearest(to: word, among: known)
        findings.add(
            Mistake(
                .planOutOfRange, at: path.pointer,
                "no such event" + (nearest.map { "; did you mean \($0)?" } ?? ""),
                limit: known.joined(separator: ", "), actual: String(word.prefix(100))))
        return nil
    }
}
