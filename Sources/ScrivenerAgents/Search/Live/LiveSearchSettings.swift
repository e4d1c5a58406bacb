// Where live searches ask, and how. `docs/agents/search.md` lists the fields of their file.

import ScrivenerOutbound

/// The settings of live searches.
public struct LiveSearchSettings: Sendable, Equatable {
    /// A service that can be asked.
    enum Service: String, Sendable, CaseIterable {
        case searxng, arxiv, openalex
    }

    struct SearXNG: Sendable, Equatable {
        /// Of the instance, such as `http://127.0.0.1:8888`.
        var url: OutboundURL
        /// Those of the instance's own settings when empty.
        var categories: [String] = []
        var language: String?
        var interval = Duration.seconds(1)
    }

    struct ArXiv: Sendable, Equatable {
        var url: OutboundURL
        /// Its terms of use ask for three seconds between requests.
        var interval = Duration.seconds(3)
    }

    struct OpenAlex: Sendable, Equatable {
        var url: OutboundURL
        /// Without one a few searches a day are free.
        var key: ServiceKey?
        var interval = Duration.seconds(0.2)
    }

    struct Pages: Sendable, Equatable {
        /// Addresses that may be read beside public ones.
        var allowedAddresses: [AddressRange] = []
        var maximumBytes = DocumentReader.maximumBytes
        /// Of one page, with its redirects.
        var timeout = Duration.seconds(20)
        /// Between two requests to one host.
        var interval = Duration.seconds(1)
        var respectsRobots = true
    }

    /// Whom to complain to, as a URL or an address: it goes with every request.
    var contact: String?
    var searxng: SearXNG?
    var arxiv: ArXiv?
    var openalex: OpenAlex?
    /// Who is asked for `web_search`, in this order.
    var webSearch: [Service] = []
    /// Who is asked for `academic_search`, in this order.
    var academicSearch: [Service] = []
    var pages = Pages()

    init() {}
}
