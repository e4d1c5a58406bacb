// Atom (RFC 4287), as far as a search needs it. libxml2 reads the feed without a network, without the definitions of
// a document type and without replacing entities, so that a feed can name no file and grow to no size.

import CLibxml2
import ScrivenerModel

enum AtomFeed {
    struct Entry: Sendable, Equatable {
        var id = ""
        var title = ""
        var summary = ""
        var published = ""
        var authors: [String] = []
        /// The page for readers.
        var page: String?
    }

    private static let library: Void = xmlInitParser()

    /// - Throws: `AgentFailure` (`permanent`, `invalid_output`) for what is no feed.
    static func entries(in bytes: [UInt8]) throws(AgentFailure) -> [Entry] {
        _ = library
        let options =
            XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
            | XML_PARSE_NOCDATA.rawValue
        let parsed = bytes.withUnsafeBytes { buffer -> xmlDocPtr? in
            guard let size = Int32(exactly: buffer.count), size > 0 else { return nil }
            let start = buffer.bindMemory(to: CChar.self).baseAddress
            return xmlReadMemory(start, size, nil, nil, Int32(options))
        }
        guard let parsed else { throw ResultDocument.invalid("the answer is no XML") }
        defer { xmlFreeDoc(parsed) }
        guard let root = xmlDocGetRootElement(parsed), name(of: root) == "feed" else {
            throw ResultDocument.invalid("the answer is no Atom feed")
        }
        return children(of: root).filter { name(of: $0) == "entry" }.map(entry)
    }

    private static func entry(_ node: xmlNodePtr) -> Entry {
        var entry = Entry()
        for child in children(of: node) {
            switch name(of: child) {
            case "id": entry.id = text(of: child)
            case "title": entry.title = text(of: child)
            case "summary": entry.summary = text(of: child)
            case "published": entry.published = text(of: child)
            case "author":
                let names = children(of: child).filter { name(of: $0) == "name" }
                entry.authors += names.map(text)
            case "link":
                let element = HTMLElement(child)
                let isPage = element.attribute("rel") ?? "alternate" == "alternate"
                if isPage, entry.page == nil { entry.page = element.attribute("href") }
            default: continue
            }
        }
        return entry
    }

    /// Elements only.
    private static func children(of node: xmlNodePtr) -> [xmlNodePtr] {
        var children: [xmlNodePtr] = []
        var next = node.pointee.children
        while let child = next {
            if child.pointee.type == XML_ELEMENT_NODE { children.append(child) }
            next = child.pointee.next
        }
        return children
    }

    private static func name(of node: xmlNodePtr) -> String {
        node.pointee.name.map { String(cString: $0) } ?? ""
    }

    /// Of all text within the node, in its order.
    private static func text(of node: xmlNodePtr) -> String {
        var text = ""
        var waiting = [node.pointee.children]
        while let next = waiting.popLast() {
            guard let node = next else { continue }
            waiting.append(node.pointee.next)
            switch node.pointee.type {
            case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
                if let content = node.pointee.content { text += String(cString: content) }
            case XML_ELEMENT_NODE: waiting.append(node.pointee.children)
            default: break
            }
        }
        return WhiteSpace.folded(text)
    }
}
