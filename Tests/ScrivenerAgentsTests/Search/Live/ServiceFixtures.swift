// What the services answer, in the shapes that they document: SearXNG's search API
// (https://docs.searxng.org/dev/search_api.html), arXiv's Atom (https://info.arxiv.org/help/api/user-manual.html) and
// OpenAlex's works (https://developers.openalex.org/api-reference/works). The contents are made up.

enum ServiceFixtures {
    /// - Parameter places: of the results.
    static func searxng(_ places: [String]) -> String {
        let results = places.enumerated().map { index, place in
            """
            {"url": "\(place)", "title": "Write-ahead logging, part \(index + 1)",
             "content": "A write-ahead log  makes changes\\n durable before they are applied.",
             "engine": "duckduckgo", "template": "default.html", "parsed_url": ["http", "x", "/", "", "", ""],
             "engines": ["duckduckgo", "brave"], "positions": [1, 2], "score": 4.0,
             "category": "general", "publishedDate": "2023-05-01T00:00:00", "thumbnail": ""}
            """
        }
        return """
            {"query": "write-ahead log", "number_of_results": 0,
             "results": [\(results.joined(separator: ","))],
             "answers": [], "corrections": [], "infoboxes": [], "suggestions": ["wal"],
             "unresponsive_engines": [["google", "Suspended: access denied"]]}
            """
    }

    static let searxngWithoutEngines = """
        {"query": "q", "number_of_results": 0, "results": [], "answers": [], "corrections": [],
         "infoboxes": [], "suggestions": [],
         "unresponsive_engines": [["brave", "too many requests"], ["google", "timeout"]]}
        """

    static let arxiv = """
        <?xml version="1.0" encoding="UTF-8"?>
        <feed xmlns="http://www.w3.org/2005/Atom">
          <link href="http://arxiv.org/api/query?search_query%3Dall%3Alog" rel="self" type="application/atom+xml"/>
          <title type="html">ArXiv Query: search_query=all:log</title>
          <id>http://arxiv.org/api/cHxbiOdZaP56ODnBPIenZhzg5f8</id>
          <updated>2026-11-26T00:00:00-05:00</updated>
          <opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">2</opensearch:totalResults>
          <entry>
            <id>http://arxiv.org/abs/2301.00001v2</id>
            <updated>2023-02-02T10:00:00Z</updated>
            <published>2023-01-01T18:00:00Z</published>
            <title>Write-Ahead Logs &amp; Recovery
          Revisited</title>
            <summary>  A write-ahead log makes changes durable before they are applied.
        We measure what recovery costs.
        </summary>
            <author><name>Ada Example</name>
              <arxiv:affiliation xmlns:arxiv="http://arxiv.org/schemas/atom">Somewhere</arxiv:affiliation></author>
            <author><name>Bo Muster</name></author>
            <arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">10.1000/x</arxiv:doi>
            <link title="doi" href="http://dx.doi.org/10.1000/x" rel="related"/>
            <link href="http://arxiv.org/abs/2301.00001v2" rel="alternate" type="text/html"/>
            <link title="pdf" href="http://arxiv.org/pdf/2301.00001v2" rel="related" type="application/pdf"/>
            <category term="cs.DB" scheme="http://arxiv.org/schemas/atom"/>
          </entry>
        </feed>
        """

    static let arxivError = """
        <?xml version="1.0" encoding="UTF-8"?>
        <feed xmlns="http://www.w3.org/2005/Atom">
          <title type="html">ArXiv Query: search_query=(</title>
          <id>http://arxiv.org/api/kvuntZ8c9a4Eq5CF7KY03nMug+Q</id>
          <entry>
            <id>http://arxiv.org/api/errors#incorrect_query</id>
            <title>Error</title>
            <summary>incorrect query</summary>
            <updated>2026-11-26T00:00:00-05:00</updated>
          </entry>
        </feed>
        """

    static let openAlex = """
        {"meta": {"count": 3, "db_response_time_ms": 12, "page": 1, "per_page": 10},
         "results": [
          {"id": "https://openalex.org/W1", "doi": "https://doi.org/10.1000/x",
           "display_name": "Write-ahead logs & recovery revisited", "publication_date": "2023-01-01",
           "authorships": [{"author_position": "first", "author": {"id": "https://openalex.org/A1",
             "display_name": "Ada Example"}}],
           "primary_location": {"landing_page_url": "https://doi.org/10.1000/x", "pdf_url": null},
           "is_retracted": false,
           "abstract_inverted_index": {"A": [0], "log": [1, 5], "is": [2], "written": [3], "the": [4]}},
          {"id": "https://openalex.org/W2", "doi": null, "display_name": "Logs in practice",
           "publication_date": "2021-07-07", "authorships": [],
           "primary_location": {"landing_page_url": "https://example.org/paper", "pdf_url": null},
           "is_retracted": false, "abstract_inverted_index": null},
          {"id": "https://openalex.org/W3", "doi": null, "display_name": "Withdrawn",
           "publication_date": "2020-01-01", "authorships": [], "primary_location": null,
           "is_retracted": true, "abstract_inverted_index": {"No": [0]}}]}
        """

    static let page = """
        <!DOCTYPE html><html><head><title>Write-ahead logging</title>
        <meta name="author" content="Cleo Example"><meta property="article:published_time" content="2022-03-04">
        </head><body><nav><a href="/">Home</a></nav><main><h1>Write-ahead logging</h1>
        <p>A write-ahead log makes every change durable before it is applied to the database itself.</p>
        <p>After a crash the log is read from its last checkpoint, and what is missing is applied again.</p>
        </main></body></html>
        """
}
