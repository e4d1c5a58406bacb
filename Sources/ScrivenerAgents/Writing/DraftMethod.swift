// How a report was made, in a paragraph that a reader can hold against the numbers.

import ScrivenerModel

struct DraftMethod {
    let analysis: Analysis
    let models: [ModelContribution]

    /// - Parameter models: what models did for the report.
    init(_ analysis: Analysis, models: [ModelContribution] = []) {
        self.analysis = analysis
        self.models = models
    }

    func section() -> DraftSection {
        let reading = analysis.reading
        var blocks: [DraftBlock] = [.paragraph([.prose(read())])]
        if reading.candidates > 0 {
            blocks.append(
                .paragraph([
                    .prose(
                        "\(Phrasing.count(reading.candidates, "sentence")) that fit the question "
                            + "and can stand alone were compared with each other and ranked by a "
                            + "random walk that keeps returning to the question (biased LexRank, "
                            + "Otterbacher, Erkan and Radev 2009). They were grouped under phrases "
                            + "that they share (after Zamir and Etzioni 1998), and those were "
                            + "quoted that are relevant without repeating one another (maximal "
                            + "marginal relevance, Carbonell and Goldstein 1998). \(part()) "
                            + "A topic's confidence is the geometric mean of how much "
                            + "of the question its evidence contains and how likely at least one "
                            + "of its sources is relevant."
                    )
                ]))
        }
        if !analysis.keyTerms.isEmpty {
            blocks.append(
                .paragraph(
                    [.prose("The phrases that mark the relevant sentences most strongly: ")]
                        + Phrasing.list(analysis.keyTerms.prefix(8).map(\.term)) + [.prose(".")]))
        }
        return DraftSection(role: .methodology, heading: "Methodology", blocks: blocks)
    }

    /// What models had to do with it.
    private func part() -> String {
        guard let first = models.first else {
            return
                "No language model took part: the text between the quotations states only what was "
                + "counted."
        }
        let taken = models.reduce(0) { $0 + $1.taken }
        let sentences = Phrasing.count(taken, "sentence")
        return
            "\(sentences) \(taken == 1 ? "is" : "are") by the language model \(first.model), and marked "
            + "as such: each names the quotations that it rests on, has more than half of its content "
            + "words and all of its numbers from them, and was left out otherwise. Everything else between "
            + "the quotations states only what was counted."
    }

    private func read() -> String {
        let reading = analysis.reading
        guard reading.documents > 0 else { return "The search found no document to read." }
        var text =
            "\(Phrasing.count(reading.documents, "document was", "documents were")) read: "
            + "\(Phrasing.count(reading.passages, "passage")) with "
            + "\(Phrasing.count(reading.sentences, "sentence"))."
        if reading.missingDocuments > 0 {
            text +=
                " The search could have chosen"
                + " \(Phrasing.count(reading.missingDocuments, "document")) more, and found none that fit."
        }
        return text
    }
}
