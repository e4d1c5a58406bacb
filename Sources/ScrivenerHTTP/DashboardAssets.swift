// The dashboard: one page and what it is made of, which are part of the program. They use the public API and
// nothing else, and are served with a policy that lets them do only that.

import CDashboard
import HTTPTypes
import Hummingbird
import NIOCore
import ScrivenerModel

enum DashboardAssets {
    struct Asset: Sendable {
        let mediaType: String
        let bytes: ByteBuffer
        /// Absent where it does not pay.
        let compressed: ByteBuffer?
        /// Of the file's contents.
        let hash: String

        init(mediaType: String, bytes: ByteBuffer) {
            self.mediaType = mediaType
            self.bytes = bytes
            let pays = ContentEncoding.pays(bytes: bytes.readableBytes, mediaType: mediaType)
            compressed = pays ? Gzip.compressed(bytes, .thorough) : nil
            hash = String(
                bytes.withUnsafeReadableBytes { XXHash64.hash($0) }, radix: 36)
        }
    }

    /// By path below `/assets/`. Compressed when the first of them is asked for, once.
    static let all: [String: Asset] = {
        var all: [String: Asset] = [:]
        for index in 0..<scrivener_asset_count() {
            let asset = scrivener_asset_at(index)
            all[String(cString: asset.path)] = Asset(
                mediaType: String(cString: asset.media_type),
                bytes: ByteBuffer(
                    bytes: UnsafeBufferPointer(start: asset.bytes, count: asset.count)))
        }
        return all
    }()

    static let page = "index.html"
    private static let login = "login.html"
    /// What the page where people log in is made of; anybody can get these.
    static let loginFiles: Set = ["base.css", "icon.svg", "login.css", "login.js", "theme.js"]

    /// No script, style or connection but our own; nobody may frame the page, or be framed but by results
    /// that it shows without scripts.
    private static func policy(of path: String) -> String {
        """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
        connect-src 'self'; base-uri 'none'; form-action \(path == login ? "'self'" : "'none'"); \
        frame-ancestors 'none'
        """
    }

    /// The page where people log in.
    ///
    /// - Parameter error: why another page is not shown instead; `nil` where it was asked for.
    static func loginPage(to request: Request, refusing error: ScrivenerError?) throws -> Response {
        guard let error else { return try response(login, to: request) }
        // It is no version of the page that was asked for.
        var head = request.head
        head.headerFields[.ifNoneMatch] = nil
        var response = try response(login, to: Request(head: head, body: request.body))
        response.status = .unauthorized
        response.headers[.eTag] = nil
        response.headers[.cacheControl] = "no-store"
        response.headers[.wwwAuthenticate] = challenge(for: error)
        return response
    }

    static func response(
        _ path: String, to request: Request
    ) throws(ScrivenerError) -> Response {
        guard let asset = all[path] else {
            throw ScrivenerError(.routeNotFound, "the dashboard has no file \(path.prefix(64))")
        }
        var headers: HTTPFields = [
            .contentType: asset.mediaType, .contentSecurityPolicy: policy(of: path),
            .xContentTypeOptions: "nosniff",
            // A new version of the coordinator has new files under the same names.
            .cacheControl: "no-cache",
        ]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        var body = asset.bytes
        var tag = asset.hash
        if let compressed = asset.compressed {
            headers[.vary] = "Accept-Encoding"
            if ContentEncoding.isGzipAccepted(by: request) {
                headers[.contentEncoding] = "gzip"
                body = compressed
                tag += "-gzip"
            }
        }
        tag = "\"\(tag)\""
        headers[.eTag] = tag
        guard !isKnown(tag, to: request) else { return unchanged(headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// Whether the client has these bytes already (RFC 9110, section 13.1.2).
    private static func isKnown(_ tag: String, to request: Request) -> Bool {
        request.headers[values: .ifNoneMatch].contains { value in
            value.split(separator: ",").contains { candidate in
                let known = candidate.filter { !" \t".contains($0) }
                return known == "*" || known == tag || known == "W/" + tag
            }
        }
    }

    private static func unchanged(_ headers: HTTPFields) -> Response {
        var response = Response(status: .notModified, headers: headers)
        for name in [.contentType, .contentEncoding, .contentLength] as [HTTPField.Name] {
            response.headers[name] = nil
        }
        return response
    }
}
