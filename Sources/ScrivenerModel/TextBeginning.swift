// Texts from outside are cut by their bytes: a character of Unicode has no largest size.

extension String {
    /// As many whole scalars of Unicode as so many bytes of UTF-8 hold.
    package func beginning(ofBytes limit: Int) -> Substring {
        guard utf8.count > limit else { return self[...] }
        var end = utf8.index(startIndex, offsetBy: limit)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return self[..<end]
    }
}
