// libxml2 reads HTML as browsers of its day did: it repairs what is broken and never gives up. This
// class owns the tree that it builds, and is the only code here that touches its pointers.
//
// The tree is walked without recursion, because its depth is the document's choice.

import CLibxml2
import ScrivenerModel

/// A parsed HTML document. Freed with the object.
final class HTMLTree {
    private let document: htmlDocPtr

    /// libxml2 wants its tables set up once, before threads use it.
    private static let library: Void = xmlInitParser()

    /// Parses bytes in whatever state they are.
    ///
    /// - Throws: `AgentFailure` (`permanent`, `document_unreadable`) where libxml2 finds no tree
    ///   at all in them, as in an empty file.
    init(_ bytes: [UInt8]) throws(AgentFailure) {
        _ = Self.library
        let options =
            HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue
            | HTML_PARSE_NOWARNING.rawValue | HTML_PARSE_NONET.rawValue
        // Bytes that are UTF-8 are hardly ever meant as anything else, whatever they declare.
        let encoding = String(validating: bytes, as: UTF8.self) == nil ? nil : "UTF-8"
        let parsed = bytes.withUnsafeBytes { buffer -> htmlDocPtr? in
            guard let size = Int32(exactly: buffer.count), size > 0 else { return nil }
            let start = buffer.bindMemory(to: CChar.self).baseAddress
            return htmlReadMemory(start, size, nil, encoding, Int32(options))
        }
        guard let parsed else {
            throw AgentFailure(
                .permanent, code: "document_unreadable", message: "the file holds no HTML")
        }
        document = parsed
    }

    deinit { xmlFreeDoc(document) }

    /// Visits the tree in document order.
    func walk(_ visitor: inout some HTMLVisitor) {
        guard let root = xmlDocGetRootElement(document) else { return }
        var node = root
        while true {
            if enter(node, &visitor), let child = node.pointee.children {
                node = child
                continue
            }
            while node.pointee.next == nil || node == root {
                guard node != root, let parent = node.pointee.parent else { return }
                visitor.leave(HTMLElement(parent))
                node = parent
            }
            guard let next = node.pointee.next else { return }
            node = next
        }
    }

    /// Shows one node to the visitor; says whether its children are to be visited.
    private func enter(_ node: xmlNodePtr, _ visitor: inout some HTMLVisitor) -> Bool {
        switch node.pointee.type {
        case XML_ELEMENT_NODE:
            let element = HTMLElement(node)
            guard visitor.enter(element) else { return false }
            if node.pointee.children == nil { visitor.leave(element) }
            return true
        case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
            if let content = node.pointee.content { visitor.text(String(cString: content)) }
            return false
        default:
            return false
        }
    }
}

/// What is shown the nodes of a tree.
protocol HTMLVisitor {
    /// Returns whether to go into the element. `leave` is called for the same elements, and only
    /// for those.
    mutating func enter(_ element: HTMLElement) -> Bool
    mutating func text(_ text: String)
    mutating func leave(_ element: HTMLElement)
}

/// One element of a tree. Valid while the tree is.
struct HTMLElement {
    private let node: xmlNodePtr
    /// In lower case.
    let name: String

    init(_ node: xmlNodePtr) {
        self.node = node
        self.name = node.pointee.name.map { String(cString: $0).lowercased() } ?? ""
    }

    /// Tells elements of one tree apart.
    var identity: UnsafeRawPointer { UnsafeRawPointer(node) }

    /// The attribute's value with white space folded, or `nil` where it is missing or empty.
    func attribute(_ name: String) -> String? {
        var property = node.pointee.properties
        while let current = property {
            if let key = current.pointee.name, String(cString: key).lowercased() == name {
                let content = current.pointee.children?.pointee.content
                let value = content.map { WhiteSpace.folded(String(cString: $0)) } ?? ""
                return value.isEmpty ? nil : value
            }
            property = current.pointee.next
        }
        return nil
    }

    func has(attribute name: String) -> Bool {
        var property = node.pointee.properties
        while let current = property {
            if let key = current.pointee.name, String(cString: key).lowercased() == name {
                return true
            }
            property = current.pointee.next
        }
        return false
    }
}
