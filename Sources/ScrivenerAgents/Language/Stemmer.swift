// `crash`, `crashes` and `crashed` are one term. Snowball's English stemmer ("Porter2", Porter
// 2001, https://snowballstem.org/algorithms/english/stemmer.html) makes them so. libstemmer is C:
// this class owns one of its stemmers and frees it.

import CStemmer
import ScrivenerModel

/// A stemmer for English. Not `Sendable`: the C object holds the last result, so each use makes
/// its own.
final class Stemmer {
    private let stemmer: OpaquePointer

    /// - Throws: `AgentFailure` (`stemmer_unavailable`) when the library has no memory or no
    ///   English.
    init() throws {
        guard let stemmer = sb_stemmer_new("english", "UTF_8") else {
            throw AgentFailure(
                .transient, code: "stemmer_unavailable",
                message: "libstemmer gave no English stemmer")
        }
        self.stemmer = stemmer
    }

    deinit { sb_stemmer_delete(stemmer) }

    /// The stem of a word in lower case; the word itself where the library has no answer.
    func stem(_ word: String) -> String {
        var word = word
        // Longer than any word of English: an identifier or rubbish, and no work for C.
        guard word.utf8.count <= 64 else { return word }
        let stemmed: String? = word.withUTF8 { bytes in
            guard let result = sb_stemmer_stem(stemmer, bytes.baseAddress, CInt(bytes.count))
            else { return nil }
            let length = Int(sb_stemmer_length(stemmer))
            return String(
                decoding: UnsafeBufferPointer(start: result, count: length), as: UTF8.self)
        }
        return stemmed ?? word
    }
}
