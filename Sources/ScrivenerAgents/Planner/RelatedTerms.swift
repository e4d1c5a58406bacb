// Other words for what technical questions ask about. A small list, curated by hand, of general
// technical English: documents call one thing by different names, and full-text search sees words.
// Nothing specific to a product or to the example corpus belongs here.

/// Words of similar meaning.
enum RelatedTerms {
    /// Another word for the term, where the list has one.
    static func alternative(to term: some StringProtocol) -> String? {
        alternatives[term.lowercased()]
    }

    private static let alternatives: [String: String] = [
        "access": "read",
        "authentication": "login",
        "backup": "dump",
        "backups": "dump",
        "cache": "buffer",
        "caching": "buffering",
        "concurrency": "locking",
        "concurrent": "simultaneous",
        "configuration": "settings",
        "configure": "settings",
        "consistency": "integrity",
        "consistent": "integrity",
        "corrupt": "damaged",
        "corruption": "damage",
        "crash": "failure",
        "crashes": "failure",
        "deadlock": "lock",
        "delete": "remove",
        "disk": "storage",
        "durability": "durable",
        "encrypt": "encryption",
        "error": "failure",
        "errors": "failures",
        "failure": "crash",
        "fast": "performance",
        "faster": "performance",
        "install": "setup",
        "limit": "maximum",
        "limits": "maximum",
        "locking": "concurrency",
        "log": "journal",
        "logging": "journal",
        "memory": "RAM",
        "monitor": "statistics",
        "monitoring": "statistics",
        "optimization": "performance",
        "optimize": "performance",
        "partitioning": "partitions",
        "performance": "speed",
        "permissions": "privileges",
        "query": "statement",
        "queries": "statements",
        "recover": "restore",
        "recovery": "restore",
        "reliability": "durability",
        "reliable": "durability",
        "replicate": "standby",
        "replication": "standby",
        "safe": "safety",
        "scalability": "performance",
        "security": "privileges",
        "slow": "performance",
        "speed": "performance",
        "storage": "disk",
        "store": "storage",
        "thread": "concurrency",
        "threads": "concurrency",
        "upgrade": "migration",
        "upgrading": "migration",
    ]
}
