// Words of a question that say nothing about its subject: the function words of English (after the
// list of the Snowball project) and the words with which people phrase questions and requests.

/// Words that a search leaves out.
enum QueryStopWords {
    static func contains(_ word: some StringProtocol) -> Bool { all.contains(String(word)) }

    static let all = Set((function + " " + asking).split(separator: " ").map(String.init))

    private static let function = """
        a about above across after again against all almost along already also although always \
        am among an and another any anyone anything anywhere are around as at away back be \
        became because become becomes been before behind being below beside between beyond both \
        but by came can cannot could d did do does doing done down during each either else \
        enough etc even ever every everyone everything few first for former from further get \
        gets getting had has have having he hence her here hers herself him himself his how \
        however i if in indeed instead into is it its itself just least less let ll many may me \
        might mine more moreover most much must my myself neither never no nobody none nor not \
        nothing now of off often on once one only onto or other others otherwise our ours \
        ourselves out over own per perhaps rather re really s same shall she should since so \
        some somehow someone something sometimes such t than that the their theirs them \
        themselves then there thereby therefore these they this those though through throughout \
        thus to together too toward towards under until up upon us ve very via was we were what \
        whatever when whenever where whereas wherever whether which while who whoever whole whom \
        whose why will with within without would yet you your yours yourself
        """

    private static let asking = """
        advantage advantages best better briefly case cases choose common compare compared \
        comparing comparison consider contrast describe detail details did differ difference \
        differences different differently discuss example examples exactly explain explained \
        find give given gives go goes going good great handle handled handles happen happens \
        help helps important kind kinds know known like look main make makes making mean means \
        need needs overview people please possible question research say says show similarities \
        similarity sort special summarise summarize summary take takes tell thing things think \
        understand use used useful uses using versus vs want wants way ways well work \
        working works worst
        """
}
