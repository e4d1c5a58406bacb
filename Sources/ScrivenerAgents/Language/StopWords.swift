// Words that carry grammar and no subject. The list is Snowball's for English
// (https://snowballstem.org/algorithms/english/stop.txt), with the commonest adverbs and
// auxiliaries of technical prose added; words that only shape a question are a list of their own,
// because in a document they may be the subject.

enum StopWords {
    /// Whether the word, in lower case, carries no subject anywhere.
    static func contains(_ word: String) -> Bool { words.contains(word) }

    /// Whether the word, in lower case, only says what kind of answer a question wants.
    static func shapesQuestion(_ word: String) -> Bool { questionWords.contains(word) }

    private static let words = Set(
        """
        i me my myself we us our ours ourselves you your yours yourself yourselves he him his \
        himself she her hers herself it its itself they them their theirs themselves what which \
        who whom whose this that these those am is are was were be been being have has had having \
        do does did doing will would shall should can could may might must ought a an the and but \
        if or because as until while of at by for with about against between into through during \
        before after above below to from up down in out on off over under again further then once \
        here there when where why how all any both each few more most other others some such no \
        nor not only own same so than too very one every ever never always often usually \
        sometimes also just even still yet however therefore thus hence though although unless \
        whether either neither upon within without via per cannot don doesn didn isn aren wasn \
        weren won wouldn shouldn couldn can't don't doesn't didn't isn't aren't wasn't weren't \
        won't wouldn't shouldn't couldn't hasn't haven't hadn't it's that's there's they're we're \
        you're let's e.g i.e eg ie etc vs cf like well much many rather quite since around \
        otherwise instead perhaps might be because get gets got getting see make makes made using \
        use used uses
        """.split(separator: " ").map(String.init))

    private static let questionWords = Set(
        """
        answer compare comparison contrast define describe description difference differences \
        differ discuss explain explanation happen happens mean means meaning overview say says \
        summarise summarize summary tell thing things versus way ways work works
        """.split(separator: " ").map(String.init))
}
