// Words that a question puts its subject into rather than words of the subject: to survive, to
// suit, to decide; wrong, easy, main; a reason, a choice. Technical documents use them seldom and
// in passing, and so an inverse document frequency takes them for the rarest and most telling words
// of a question, when in English at large they are common and say little. They count half.
//
// The list is curated by hand. Words that also are the name of something technical (to lock, to
// write, to recover, a method, a key) are not on it.

/// Words of little weight.
enum GeneralWords {
    /// What such a word weighs, where another weighs 1.
    static let weight = 0.5

    static func contains(_ word: String) -> Bool { all.contains(word) }

    private static let all = Set(
        (verbs + " " + others).split(separator: " ").map(String.init))

    private static let verbs = """
        achieve achieves affect affects appear appears arise arises avoid avoided avoiding avoids \
        behave behaves believe belong belongs bring brings care cares cause caused causes causing \
        concern concerns cope copes deal dealing deals decide decided decides deciding defend \
        defends depend depends deserve endure endures ensure ensures exist exists expect expected \
        expects face faces fit fits follow follows hope improve improves influence influences \
        involve involved involves keep keeping keeps lead leads learn leave leaves let lets lose \
        loses losing lost matter matters occur occurred occurs offer offers ought prefer \
        preferred prefers pretend provide provided provides reach reaches recommend recommended relate related relates remain \
        remains require required requires seem seems stand stands stay stays suffer suffers \
        suggest suggests suit suitable suited suits suppose survive survived survives surviving \
        tend tends treat treated treats try trying turn turns wonder worry
        """

    private static let others = """
        actually appropriate approach approaches bad basic certain choice choices clear common \
        concept concepts correct correctly currently difficult difficulty easier easily easy \
        effect effects entire exact fact generally hard ideal idea ideas interesting issue issues \
        lot lots main mainly major manner meaning necessary normal normally obvious particular \
        problem problems proper properly purpose purposes quick quickly real reason reasons \
        recent relevant right role roles several significant similar simple simply situation \
        situations small sometime strange sure topic topics trouble typical typically useless \
        usual usually various wrong
        """
}
