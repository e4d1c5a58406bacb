// What the fields of a file of services to search through have to be.

import ScrivenerModel
import ScrivenerOutbound

/// Reads such a file, and keeps what is wrong with it.
struct LiveSearchReader {
    static let intervalSeconds = 0.0...60.0
    static let timeoutSeconds = 1.0...300.0
    static let pageBytes = Int64(1)...Int64(DocumentReader.maximumBytes)
    static let maximumNames = 64

    private static let arXivURL = "https://export.arxiv.org/api/query"
    private static let openAlexURL = "https://api.openalex.org/works"

    var fields = FieldReader()

    mutating func settings(in document: JSONValue) -> LiveSearchSettings {
        var settings = LiveSearchSettings()
        let known = ["contact", "services", "web_search", "academic_search", "pages"]
        guard let root = fields.fields(of: document, at: "", known) else { return settings }
        settings.contact = contact(root["contact"])
        if let services = root["services"] { read(services, into: &settings) }
        let configured = LiveSearchSettings.Service.allCases.filter(settings.has)
        settings.webSearch = list(
            root["web_search"], at: "/web_search",
            or: settings.searxng == nil ? configured : [.searxng], of: configured)
        settings.academicSearch = list(
            root["academic_search"], at: "/academic_search",
            or: configured.filter { $0 != .searxng }, of: configured)
        if let pages = root["pages"] { settings.pages = self.pages(pages) }
        if configured.isEmpty, fields.mistakes.isEmpty {
            fields.mistake(
                "/services", "names nothing that can be asked",
                limit: LiveSearchSettings.Service.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return settings
    }

    private mutating func contact(_ value: JSONValue?) -> String? {
        guard let value else { return nil }
        let text = fields.text(value, limit: 200, at: "/contact")
        let isPlain = text.utf8.allSatisfy {
            (0x21...0x7E).contains($0) && !"()\\<>".utf8.contains($0)
        }
        guard isPlain else {
            fields.mistake("/contact", "must be a URL or an address of e-mail", actual: text)
            return nil
        }
        return text
    }

    private mutating func list(
        _ value: JSONValue?, at path: String, or usual: [LiveSearchSettings.Service],
        of configured: [LiveSearchSettings.Service]
    ) -> [LiveSearchSettings.Service] {
        guard let value else { return usual }
        let names = fields.texts(value, at: path) ?? []
        return names.enumerated().compactMap { index, name in
            let service = LiveSearchSettings.Service(rawValue: name)
            guard let service, configured.contains(service) else {
                fields.mistake(
                    "\(path)/\(index)", "is none of the services of this file",
                    limit: configured.map(\.rawValue).joined(separator: ", "), actual: name)
                return nil
            }
            return service
        }
    }

    // MARK: Services

    private mutating func read(_ value: JSONValue, into settings: inout LiveSearchSettings) {
        let names = LiveSearchSettings.Service.allCases.map(\.rawValue)
        guard let services = fields.fields(of: value, at: "/services", names) else { return }
        if let value = services["searxng"] {
            settings.searxng = searxng(value, at: "/services/searxng")
        }
        if let value = services["arxiv"] {
            settings.arxiv = arxiv(value, at: "/services/arxiv")
        }
        if let value = services["openalex"] {
            settings.openalex = openalex(value, at: "/services/openalex")
        }
    }

    private mutating func searxng(
        _ value: JSONValue, at path: String
    ) -> LiveSearchSettings.SearXNG? {
        let known = ["url", "categories", "language", "seconds_between_requests"]
        guard let service = fields.fields(of: value, at: path, known),
            let url = HTTPAgentReader.url(service["url"], at: path + "/url", with: &fields)
        else { return nil }
        var settings = LiveSearchSettings.SearXNG(url: url)
        let categories = fields.texts(service["categories"], at: path + "/categories") ?? []
        for (index, name) in categories.enumerated()
        where name.isEmpty || name.contains(",") || name.utf8.count > 64 {
            fields.mistake(
                "\(path)/categories/\(index)", "must be the name of a category", actual: name)
        }
        settings.categories = categories
        settings.language = service["language"].map {
            fields.text($0, limit: 16, at: path + "/language")
        }
        interval(service, at: path, into: &settings.interval)
        return settings
    }

    private mutating func arxiv(_ value: JSONValue, at path: String) -> LiveSearchSettings.ArXiv? {
        let service = catalogue(value, at: path, [])
        guard let url = url(service, at: path, or: Self.arXivURL) else { return nil }
        var settings = LiveSearchSettings.ArXiv(url: url)
        interval(service, at: path, into: &settings.interval)
        return settings
    }

    private mutating func openalex(
        _ value: JSONValue, at path: String
    ) -> LiveSearchSettings.OpenAlex? {
        let service = catalogue(value, at: path, ["api_key_file"])
        guard let url = url(service, at: path, or: Self.openAlexURL) else { return nil }
        var settings = LiveSearchSettings.OpenAlex(url: url)
        settings.key = ServiceKey.read(
            service["api_key_file"], at: path + "/api_key_file", with: &fields)
        interval(service, at: path, into: &settings.interval)
        return settings
    }

    /// Everything about these has a default: `arxiv:` alone is enough.
    private mutating func catalogue(
        _ value: JSONValue, at path: String, _ more: [String]
    ) -> [String: JSONValue] {
        guard value != .null else { return [:] }
        return fields.fields(of: value, at: path, ["url", "seconds_between_requests"] + more) ?? [:]
    }

    private mutating func url(
        _ service: [String: JSONValue], at path: String, or usual: String
    ) -> OutboundURL? {
        HTTPAgentReader.url(service["url"] ?? .string(usual), at: path + "/url", with: &fields)
    }

    private mutating func interval(
        _ fields: [String: JSONValue], at path: String, into interval: inout Duration
    ) {
        guard let value = fields["seconds_between_requests"] else { return }
        interval = .seconds(
            self.fields.number(
                value.doubleValue, in: Self.intervalSeconds,
                at: path + "/seconds_between_requests"))
    }

    // MARK: Pages

    private mutating func pages(_ value: JSONValue) -> LiveSearchSettings.Pages {
        var settings = LiveSearchSettings.Pages()
        let known = [
            "allow_addresses", "max_bytes", "timeout_seconds", "seconds_between_requests",
            "respect_robots",
        ]
        guard let pages = fields.fields(of: value, at: "/pages", known) else { return settings }
        settings.allowedAddresses = addresses(pages["allow_addresses"])
        if let bytes = pages["max_bytes"] {
            settings.maximumBytes = Int(
                fields.number(bytes.integerValue, in: Self.pageBytes, at: "/pages/max_bytes"))
        }
        if let seconds = pages["timeout_seconds"] {
            settings.timeout = .seconds(
                fields.number(
                    seconds.doubleValue, in: Self.timeoutSeconds, at: "/pages/timeout_seconds"))
        }
        interval(pages, at: "/pages", into: &settings.interval)
        if let flag = pages["respect_robots"] {
            settings.respectsRobots = fields.flag(flag, at: "/pages/respect_robots")
        }
        return settings
    }

    private mutating func addresses(_ value: JSONValue?) -> [AddressRange] {
        let path = "/pages/allow_addresses"
        let texts = fields.texts(value, at: path) ?? []
        if texts.count > Self.maximumNames {
            fields.mistake(
                path, "too many", limit: "\(Self.maximumNames)", actual: "\(texts.count)")
        }
        return texts.enumerated().compactMap { index, text in
            guard let range = AddressRange(text) else {
                fields.mistake(
                    "\(path)/\(index)", "must be a range of addresses, such as 10.0.0.0/8",
                    actual: text)
                return nil
            }
            return range
        }
    }
}

extension LiveSearchSettings {
    fileprivate func has(_ service: Service) -> Bool {
        switch service {
        case .searxng: searxng != nil
        case .arxiv: arxiv != nil
        case .openalex: openalex != nil
        }
    }
}
