// What a pool has to be, and the options that are passed on to the programs.

import ScrivenerModel
import ScrivenerYAML

extension TopologyReader {
    static let poolFields = [
        "agents", "agents_file", "corpus", "slots", "replicas", "min", "max",
        "target_queue_wait", "start_time", "tags", "resources", "hosts", "options",
    ]

    static let defaultSlots = 4

    mutating func pool(_ name: String, _ value: JSONValue, at path: String) -> Topology.Pool {
        if TopologyLimits.reservedPools.contains(name) {
            mistake(
                path, "is the name of something else that stands beside the pools",
                limit: "not " + TopologyLimits.reservedPools.joined(separator: ", "), actual: name)
        }
        let fields = fields(of: value, at: path, Self.poolFields) ?? [:]
        let corpus = fields["corpus"].map { text($0, at: path + "/corpus") }
        let agentsFile = fields["agents_file"].map { text($0, at: path + "/agents_file") }
        let canSearch = corpus != nil || fields["options"]?["search_file"] != nil
        let agents = fields["agents"].map { self.agents($0, canSearch: canSearch, at: path) }
        let described = agentsFile.map { offers(of: $0, at: path + "/agents_file") } ?? []
        let count = replicas(fields, at: path)
        return Topology.Pool(
            name: name, agents: agents,
            offers: offers(of: agents, canSearch: canSearch, and: described, at: path),
            agentsFile: agentsFile, corpus: corpus,
            slots: fields["slots"].map {
                integer($0, in: TopologyLimits.slots, at: path + "/slots")
            } ?? Self.defaultSlots, replicas: count.replicas, minimum: count.minimum,
            maximum: count.maximum,
            targetQueueWait: fields["target_queue_wait"].map {
                span($0, in: TopologyLimits.targetQueueWait, at: path + "/target_queue_wait")
            } ?? PoolSpecification.defaultTargetQueueWait,
            startTime: fields["start_time"].map {
                span($0, in: TopologyLimits.startTime, at: path + "/start_time")
            } ?? PoolSpecification.defaultStartTime,
            tags: list(fields["tags"], at: path + "/tags", limit: TopologyLimits.tags) {
                $0.planName($1, at: $2)
            }, resources: resources(fields["resources"], at: path + "/resources"),
            hosts: list(
                fields["hosts"], at: path + "/hosts", limit: TopologyLimits.hosts.upperBound
            ) { $0.host($1, at: $2) },
            options: options(
                fields["options"], at: path + "/options", of: TopologyOptionList.worker))
    }

    // MARK: How many

    /// `min` is `replicas` where it is not said, or 1; `replicas` is `min`, and `max` is `replicas`.
    private mutating func replicas(
        _ fields: [String: JSONValue], at path: String
    ) -> (minimum: Int, replicas: Int, maximum: Int) {
        var said: [String: Int] = [:]
        for (key, range) in [
            ("min", TopologyLimits.replicas), ("replicas", TopologyLimits.replicas),
            ("max", TopologyLimits.maximum),
        ] {
            said[key] = fields[key].map { integer($0, in: range, at: "\(path)/\(key)") }
        }
        let minimum = said["min"] ?? said["replicas"] ?? 1
        let replicas = said["replicas"] ?? minimum
        let maximum = said["max"] ?? max(replicas, TopologyLimits.maximum.lowerBound)
        if let least = said["min"], maximum < least {
            mistake(
                path + "/max", "is less than min",
                limit: "\(least)…\(TopologyLimits.maximum.upperBound)", actual: "\(maximum)")
        } else if replicas < minimum || replicas > maximum {
            mistake(
                path + "/replicas", "out of range", limit: "\(said["min"] ?? 0)…\(maximum)",
                actual: "\(replicas)")
        }
        return (minimum, replicas, maximum)
    }

    // MARK: Agents

    private mutating func agents(
        _ value: JSONValue, canSearch: Bool, at path: String
    ) -> [String] {
        let names = list(value, at: path + "/agents", limit: TopologyLimits.agents) {
            (reader, value, place) -> String? in
            guard let name = value.stringValue, BuiltInOffers[name] != nil else {
                let nearest = value.stringValue.flatMap {
                    Suggestion.nearest(to: $0, among: BuiltInOffers.names)
                }
                reader.mistake(
                    place,
                    "no built-in agent has that name"
                        + (nearest.map { "; did you mean \($0)?" } ?? ""),
                    limit: BuiltInOffers.names.joined(separator: ", "),
                    actual: value.stringValue ?? value.kind)
                return nil
            }
            return name
        }
        if names.contains("research"), !canSearch {
            mistake(
                path + "/corpus",
                "is missing: the research agent searches it, or through the services of the option "
                    + "search_file")
        }
        return names
    }

    private mutating func offers(
        of agents: [String]?, canSearch: Bool, and described: [Topology.Offer], at path: String
    ) -> [Topology.Offer] {
        let builtIn =
            agents.map { $0.compactMap { BuiltInOffers[$0] } }
            ?? BuiltInOffers.byDefault(canSearch: canSearch)
        for offer in described where builtIn.contains(where: { $0.name == offer.name }) {
            mistake(
                path + "/agents_file", "has an agent of the name of a built-in one of the pool",
                actual: offer.name)
        }
        let offers = builtIn + described
        // Of `agents` or of `agents_file`.
        let isExplained = mistakes.contains { $0.path.hasPrefix(path + "/agents") }
        if offers.isEmpty, !isExplained {
            mistake(path + "/agents", "a pool without agents has nothing to do")
        }
        return offers
    }

    /// What the agents of a file are called and can do. Whether all they need is there is known only where
    /// they are to run: the worker sees to that.
    private mutating func offers(of file: String, at path: String) -> [Topology.Offer] {
        guard !file.isEmpty else { return [] }
        do throws(ScrivenerError) {
            let document = try configurationDocument(
                in: try readFile(file), isJSON: file.lowercased().hasSuffix(".json"))
            return list(document["agents"] ?? .null, at: path, limit: TopologyLimits.agents) {
                (reader, agent, _) -> Topology.Offer? in
                guard let name = reader.planName(agent["name"] ?? .null, at: path) else {
                    return nil
                }
                func names(_ field: String) -> [String] {
                    agent[field]?.arrayValue?.compactMap(\.stringValue) ?? []
                }
                // With a model for research the built-in agents have a tag for it.
                let servesResearch = agent["model"]?["research"]?.boolValue == true
                return Topology.Offer(
                    name: name, capabilities: names("capabilities"),
                    tags: names("tags") + (servesResearch ? ["model:" + name] : []))
            }
        } catch {
            mistake(path, error.mistakes.first?.message ?? error.message, actual: file)
            return []
        }
    }

    // MARK: What workers have

    private mutating func planName(_ value: JSONValue, at path: String) -> String? {
        guard let name = value.stringValue, PlanName.isValid(name) else {
            mistake(
                path, "must be a name", limit: "1…128 characters of a–z A–Z 0–9 _ - . :",
                actual: value.stringValue ?? value.kind)
            return nil
        }
        return name
    }

    private mutating func resources(_ value: JSONValue?, at path: String) -> [ResourceAmount] {
        guard let value else { return [] }
        guard case .object(let members) = value else {
            mistake(path, "must be an object", actual: value.kind)
            return []
        }
        if members.count > TopologyLimits.resources {
            mistake(
                path, "too many", limit: "\(TopologyLimits.resources)", actual: "\(members.count)")
        }
        return members.prefix(TopologyLimits.resources).compactMap { key, value in
            let place = path + Self.token(key)
            guard let name = planName(.string(key), at: place) else { return nil }
            guard name != ResourceAmount.slotsName else {
                mistake(place, "is the field slots of the pool")
                return nil
            }
            return ResourceAmount(
                name: name, amount: Int64(integer(value, in: TopologyLimits.amount, at: place)))
        }
    }

    // MARK: Options

    mutating func options(
        _ value: JSONValue?, at path: String, of list: TopologyOptionList
    ) -> [TopologyOption] {
        guard let value else { return [] }
        guard case .object(let members) = value else {
            mistake(path, "must be an object", actual: value.kind)
            return []
        }
        var options: [TopologyOption] = []
        for (key, value) in members {
            let place = path + Self.token(key)
            if options.contains(where: { $0.key == key }) { mistake(place, "is given twice") }
            if let field = list.others[key] {
                mistake(place, "follows from another field: \(field)")
            } else if let kind = list.kind(of: key) {
                options.append(TopologyOption(key, kind, values(value, of: kind, at: place)))
            } else {
                unknown(key, at: path, list.keys, "there is no such option")
            }
        }
        return options
    }

    private mutating func values(
        _ value: JSONValue, of kind: TopologyOptionList.Kind, at path: String
    ) -> [String] {
        switch (kind, value) {
        case (.flag, .bool(let flag)): return ["\(flag)"]
        case (.flag, _): mistake(path, "must be true or false", actual: value.kind)
        case (.number, .integer(let number)): return ["\(number)"]
        case (.number, .number(let number)): return ["\(number)"]
        case (.number, _): mistake(path, "must be a number", actual: value.kind)
        case (.text, _): return [text(value, at: path)]
        case (.repeating, .array(let elements)):
            return elements.enumerated().map { text($0.element, at: "\(path)/\($0.offset)") }
        case (.repeating, .object(let members)):
            return members.map { key, value in
                let place = path + Self.token(key)
                guard let number = value.integerValue else {
                    mistake(place, "must be a whole number", actual: value.kind)
                    return key
                }
                return "\(text(.string(key), at: place))=\(number)"
            }
        case (.repeating, _): mistake(path, "must be a list or an object", actual: value.kind)
        }
        return []
    }
}
