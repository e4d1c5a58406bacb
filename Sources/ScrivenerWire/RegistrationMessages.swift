// Register, and the two answers to it: Welcome and Refused.

package import ScrivenerModel

// MARK: Register

extension ProtoRegister {
    init(_ model: WorkerRegistration) {
        self.init()
        workerID = model.workerID
        incarnation = model.incarnation
        host = model.host
        processID = model.processID
        softwareVersion = model.softwareVersion
        minimumProtocolVersion = Int32(clamping: model.protocolRange.minimum)
        maximumProtocolVersion = Int32(clamping: model.protocolRange.maximum)
        journalID = model.journalID
        agents = model.agents.map(ProtoAgentOffer.init)
        registrationNumber = model.registrationNumber
        if !model.health.isEmpty { health = ProtoHealthTable(model.health) }
        resourceNames = model.resources.map(\.name)
        resourceAmounts = model.resources.map(\.amount)
        if !model.running.isEmpty { running = ProtoAttempts(model.running) }
        if !model.outbox.isEmpty { outbox = ProtoAttempts(model.outbox) }
        parked = model.parked.map(ProtoParkedResults.init)
        if let taken = model.taken { self.taken = ProtoTakenDispatches(taken) }
        tellsDeaths = model.tellsDeaths
        if let death = model.death { self.death = ProtoDeath(death) }
        pool = model.pool
    }

    func model(_ limits: WireLimits) throws(WireError) -> WorkerRegistration {
        try Check.size(agents.count, limit: limits.agentsPerWorker, "agents")
        let registration = WorkerRegistration(
            workerID: workerID, pool: pool, incarnation: incarnation,
            registrationNumber: registrationNumber, host: host, processID: processID,
            softwareVersion: softwareVersion,
            protocolRange: ProtocolRange(
                minimum: Int(minimumProtocolVersion), maximum: Int(maximumProtocolVersion)),
            journalID: journalID, agents: agents.map(\.model), health: try health.model(limits),
            resources: try resources(limits),
            running: try running.references(limit: limits.attemptReferences, "running"),
            outbox: try outbox.references(limit: limits.attemptReferences, "outbox"),
            parked: try parkedResults(limits), taken: hasTaken ? taken.model : nil,
            tellsDeaths: tellsDeaths, death: hasDeath ? try death.model(limits) : nil)
        try WireCodec.check(registration, limits: limits)
        return registration
    }

    private func parkedResults(_ limits: WireLimits) throws(WireError) -> [ParkedResults] {
        try Check.size(parked.count, limit: limits.parkedJournals, "parked")
        var results: [ParkedResults] = []
        for each in parked {
            results.append(
                ParkedResults(
                    journalID: each.journalID,
                    attempts: try each.attempts.references(
                        limit: limits.attemptReferences, "parked.attempts")))
        }
        return results
    }

    private func resources(_ limits: WireLimits) throws(WireError) -> [ResourceAmount] {
        let rows = resourceNames.count
        try Check.size(rows, limit: limits.resourcesPerWorker, "resource_names")
        let amounts = try Column(resourceAmounts, rows: rows, "resource_amounts")
        return resourceNames.enumerated().map {
            ResourceAmount(name: $0.element, amount: amounts[$0.offset])
        }
    }
}

extension ProtoParkedResults {
    init(_ model: ParkedResults) {
        self.init()
        journalID = model.journalID
        attempts = ProtoAttempts(model.attempts)
    }
}

extension ProtoTakenDispatches {
    init(_ model: TakenDispatches) {
        self.init()
        epoch = model.epoch
        number = model.number
    }

    var model: TakenDispatches { TakenDispatches(epoch: epoch, number: number) }
}

extension ProtoAgentOffer {
    init(_ model: AgentOffer) {
        self.init()
        name = model.name
        capabilities = model.capabilities
        tags = model.tags
        slots = model.slots
        version = model.version
    }

    var model: AgentOffer {
        AgentOffer(
            name: name, capabilities: capabilities, tags: tags, slots: slots, version: version)
    }
}

extension WireCodec {
    /// Whether a coordinator takes this registration. A worker asks before it sends its first.
    package static func check(
        _ registration: WorkerRegistration, limits: WireLimits = .standard
    ) throws(WireError) {
        let length = limits.identifierBytes
        try checkName(of: registration, limits)
        try Check.natural(registration.incarnation, "incarnation")
        try Check.text(registration.host, limit: length, "host")
        try Check.natural(registration.processID, "process_id")
        try Check.text(registration.softwareVersion, limit: length, "software_version")
        try check(registration.protocolRange)
        try Check.text(registration.journalID, limit: length, "journal_id")
        try Check.size(registration.agents.count, limit: limits.agentsPerWorker, "agents")
        for (row, agent) in registration.agents.enumerated() {
            try check(agent, row: row, limits)
        }
        try check(registration.health, agents: registration.agents.count, limits)
        try check(registration.resources, limits)
        try Check.size(registration.running.count, limit: limits.attemptReferences, "running")
        try Check.size(registration.outbox.count, limit: limits.attemptReferences, "outbox")
        try check(registration.parked, limits)
        if let taken = registration.taken {
            try Check.natural(taken.epoch, "taken.epoch")
            try Check.natural(taken.number, "taken.number")
        }
        if let death = registration.death { try check(death, limits) }
    }

    /// The id stands in URLs, logs and metrics, and its pool's key or token is checked by it.
    private static func checkName(
        of registration: WorkerRegistration, _ limits: WireLimits
    ) throws(WireError) {
        let (id, pool) = (registration.workerID, registration.pool)
        try Check.name(id, limit: limits.identifierBytes, "worker_id")
        try Check.text(pool, limit: limits.poolNameBytes, "pool")
        guard let name = WorkerName(id) else {
            throw .outOfRange(field: "worker_id", allowed: "name, pool/name", actual: id)
        }
        guard name.pool ?? "" == pool else {
            throw .outOfRange(field: "pool", allowed: name.pool ?? "", actual: pool)
        }
    }

    private static func check(_ parked: [ParkedResults], _ limits: WireLimits) throws(WireError) {
        try Check.size(parked.count, limit: limits.parkedJournals, "parked")
        var seen: Set<String> = []
        for (row, each) in parked.enumerated() {
            let field = WireField("parked.journal_id", row: row)
            try Check.name(each.journalID, limit: limits.identifierBytes, field)
            guard seen.insert(each.journalID).inserted else {
                throw .repeated(field: field.text, value: each.journalID)
            }
            try Check.size(
                each.attempts.count, limit: limits.attemptReferences, "parked.attempts")
        }
    }

    private static func check(_ range: ProtocolRange) throws(WireError) {
        let highest = Int(Int32.max)
        try Check.range(range.maximum, in: 1...highest, "maximum_protocol_version")
        try Check.range(range.minimum, in: 1...range.maximum, "minimum_protocol_version")
    }

    private static func check(
        _ resources: [ResourceAmount], _ limits: WireLimits
    ) throws(WireError) {
        try Check.size(resources.count, limit: limits.resourcesPerWorker, "resource_names")
        var seen: Set<String> = []
        for (row, resource) in resources.enumerated() {
            let field = WireField("resource_names", row: row)
            try Check.name(resource.name, limit: limits.identifierBytes, field)
            guard seen.insert(resource.name).inserted else {
                throw .repeated(field: field.text, value: resource.name)
            }
            try Check.natural(resource.amount, WireField("resource_amounts", row: row))
        }
    }

    private static func check(
        _ agent: AgentOffer, row: Int, _ limits: WireLimits
    ) throws(WireError) {
        let length = limits.identifierBytes
        try Check.name(agent.name, limit: length, WireField("agents.name", row: row))
        try Check.texts(
            agent.capabilities, count: limits.capabilitiesPerAgent, each: length,
            "agents.capabilities")
        try Check.texts(
            agent.tags, count: limits.tagsPerAgent, each: length, "agents.tags")
        try Check.range(
            agent.slots, in: 1...limits.slotsPerAgent, WireField("agents.slots", row: row))
        try Check.text(agent.version, limit: length, WireField("agents.version", row: row))
    }
}

// MARK: Welcome

extension ProtoWelcome {
    init(_ model: Welcome) {
        self.init()
        journalID = model.journalID
        coordinatorIncarnation = model.coordinatorIncarnation
        epoch = model.epoch
        registrationNumber = model.registrationNumber
        protocolVersion = Int32(clamping: model.protocolVersion)
        leaseNanoseconds = model.lease.nanoseconds
        heartbeatIntervalNanoseconds = model.heartbeatInterval.nanoseconds
        maximumResultBytes = model.maximumResultBytes
        if !model.stop.isEmpty { stop = ProtoAttempts(model.stop) }
        takesOutput = model.takesOutput
        if let redial = model.redial {
            redialKeyBytes = redial.key
            redialPort = redial.port
        }
    }

    func model(_ limits: WireLimits) throws(WireError) -> Welcome {
        try Check.text(journalID, limit: limits.identifierBytes, "journal_id")
        try Check.natural(coordinatorIncarnation, "coordinator_incarnation")
        try Check.range(protocolVersion, in: 1...Int32.max, "protocol_version")
        try Check.natural(leaseNanoseconds, "lease_nanoseconds")
        try Check.natural(heartbeatIntervalNanoseconds, "heartbeat_interval_nanoseconds")
        try Check.natural(maximumResultBytes, "maximum_result_bytes")
        return Welcome(
            journalID: journalID, coordinatorIncarnation: coordinatorIncarnation,
            epoch: try checked(epoch: epoch), registrationNumber: registrationNumber,
            protocolVersion: Int(protocolVersion),
            lease: TimeSpan(nanoseconds: leaseNanoseconds),
            heartbeatInterval: TimeSpan(nanoseconds: heartbeatIntervalNanoseconds),
            maximumResultBytes: maximumResultBytes,
            stop: try stop.references(limit: limits.attemptReferences, "stop"),
            takesOutput: takesOutput, redial: try redial())
    }

    private func redial() throws(WireError) -> Redial? {
        guard !redialKey.isEmpty else { return nil }
        try Check.range(
            redialKey.count, in: Redial.keyBytes...Redial.keyBytes, "redial_key")
        try Check.range(redialPort, in: 0...65_535, "redial_port")
        return Redial(key: redialKeyBytes, port: redialPort)
    }
}

// MARK: Refused

extension ProtoRefused {
    init(code: ErrorCode, reason: String, isFinal: Bool) {
        self.init()
        self.code = code.rawValue
        self.reason = reason
        self.isFinal = isFinal
    }

    /// A code that a newer coordinator knows and we do not must not hide the refusal.
    func model(_ limits: WireLimits) throws(WireError) -> CoordinatorMessage {
        try Check.text(code, limit: limits.identifierBytes, "code")
        try Check.text(reason, limit: limits.textBytes, "reason")
        return .refused(
            code: ErrorCode(rawValue: code) ?? .protocolError, reason: reason, isFinal: isFinal)
    }
}
