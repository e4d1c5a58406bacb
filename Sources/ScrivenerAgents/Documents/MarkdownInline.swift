// The marks within a line of Markdown (CommonMark 0.31, chapter 6), removed so that the words
// remain: emphasis, code spans, links, images, autolinks, raw tags, escapes. Deviation: a run of
// `*` or `_` that touches a word only on one side is taken for a mark without looking for its
// partner, which is right for all but contrived text.

/// Inline marks of Markdown.
enum MarkdownInline {
    /// The words of a paragraph or heading, white space folded.
    static func plain(_ text: some StringProtocol) -> String {
        var reader = Reader(Array(text))
        reader.read()
        return WhiteSpace.folded(reader.output)
    }

    private struct Reader {
        let input: [Character]
        var position = 0
        var output = ""

        init(_ input: [Character]) { self.input = input }

        func peek(_ offset: Int = 0) -> Character? {
            let index = position + offset
            return input.indices.contains(index) ? input[index] : nil
        }

        mutating func read() {
            while let character = peek() {
                switch character {
                case "\\": escape()
                case "`": code()
                case "!" where peek(1) == "[": image()
                case "[": link()
                case "<": angle()
                case "*", "_", "~": emphasis(character)
                default:
                    output.append(character)
                    position += 1
                }
            }
        }

        mutating func escape() {
            if let next = peek(1), next.isPunctuation || next.isSymbol {
                output.append(next)
                position += 2
            } else {
                output.append("\\")
                position += 1
            }
        }

        /// A code span keeps its text as it is.
        mutating func code() {
            var ticks = 0
            while peek(ticks) == "`" { ticks += 1 }
            let start = position + ticks
            guard let end = closing(ticks: ticks, from: start) else {
                output += String(repeating: "`", count: ticks)
                position = start
                return
            }
            output += String(input[start..<end])
            position = end + ticks
        }

        func closing(ticks: Int, from start: Int) -> Int? {
            var index = start
            while index < input.count {
                guard input[index] == "`" else {
                    index += 1
                    continue
                }
                var run = 0
                while index + run < input.count, input[index + run] == "`" { run += 1 }
                if run == ticks { return index }
                index += run
            }
            return nil
        }

        /// An image says nothing in words.
        mutating func image() {
            guard let text = bracket(from: position + 1), let end = target(after: text.end) else {
                output.append("!")
                position += 1
                return
            }
            position = end
        }

        mutating func link() {
            guard let text = bracket(from: position) else {
                output.append("[")
                position += 1
                return
            }
            guard let end = target(after: text.end) else {
                output.append("[")
                position += 1
                return
            }
            output += MarkdownInline.plainShallow(input[text.content])
            position = end
        }

        /// The text between brackets that match, looked for in a bounded stretch.
        func bracket(from start: Int) -> (content: Range<Int>, end: Int)? {
            var depth = 0
            for index in start..<min(input.count, start + 1000) {
                if input[index] == "[" { depth += 1 }
                if input[index] == "]" { depth -= 1 }
                if depth == 0 { return (start + 1..<index, index + 1) }
            }
            return nil
        }

        /// Where a link's target ends: `(…)` or `[…]`.
        func target(after start: Int) -> Int? {
            guard start < input.count else { return nil }
            if input[start] == "[" { return bracket(from: start)?.end }
            guard input[start] == "(" else { return nil }
            var depth = 0
            for index in start..<min(input.count, start + 2000) {
                if input[index] == "(" { depth += 1 }
                if input[index] == ")" { depth -= 1 }
                if depth == 0 { return index + 1 }
            }
            return nil
        }

        /// An autolink keeps its address, a tag goes, a lone `<` stays.
        mutating func angle() {
            let limit = min(input.count, position + 500)
            guard let next = peek(1), next.isLetter || next == "/" || next == "!",
                let end = input[position..<limit].firstIndex(of: ">")
            else {
                output.append("<")
                position += 1
                return
            }
            let inside = String(input[(position + 1)..<end])
            if inside.contains("://") || inside.contains("@") { output += inside }
            position = end + 1
        }

        mutating func emphasis(_ mark: Character) {
            var run = 0
            while peek(run) == mark { run += 1 }
            let before = position > 0 ? input[position - 1] : " "
            let after = peek(run) ?? " "
            let isInWord = isWord(before) && isWord(after)
            let isAlone = before.isWhitespace && after.isWhitespace
            let isMark = mark == "~" ? run == 2 : mark == "*" ? !isAlone : !isInWord && !isAlone
            if !isMark { output += String(repeating: mark, count: run) }
            position += run
        }

        func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }
    }

    /// The text of a link: links do not nest, so emphasis and code marks are all there is.
    private static func plainShallow(_ text: ArraySlice<Character>) -> String {
        String(text.filter { $0 != "`" && $0 != "*" })
    }
}
