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
    }

    /// By path below `/assets/`.
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

    /// No script, style or connection but our own; nobody may frame the page, or be framed but by results
    /// that it shows without scripts.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
        connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    static func response(_ path: String) throws(ScrivenerError) -> Response {
        guard let asset = all[path] else {
            throw ScrivenerError(.routeNotFound, "the dashboard has no file \(path.prefix(64))")
        }
        var headers: HTTPFields = [
            .contentType: asset.mediaType, .contentSecurityPolicy: policy,
            .xContentTypeOptions: "nosniff",
            // A new version of the coordinator has new files under the same names.
            .cacheControl: "no-cache",
        ]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: asset.bytes))
    }
}
