// A small library about two things that do not exist, so that no other source can answer for it.

extension TemporaryFolder {
    /// Writes the pages, some Markdown and some HTML.
    func writeCorpus(to folder: String) throws {
        for page in lighthousePages {
            let html = """
                <!DOCTYPE html>
                <html lang="en"><head><title>\(page.title)</title></head>
                <body><main><h1>\(page.title)</h1>
                \(page.paragraphs.map { "<p>\($0)</p>\n" }.joined())</main></body></html>

                """
            try write(html, to: "\(folder)/\(page.name).html")
        }
        for page in breadPages {
            let text = "# \(page.title)\n\n" + page.paragraphs.joined(separator: "\n\n") + "\n"
            try write(text, to: "\(folder)/\(page.name).md")
        }
    }
}

private struct Page {
    var name: String
    var title: String
    var paragraphs: [String]
}

private let lighthousePages = [
    Page(
        name: "lighthouse/lamp", title: "The lamp of the Velmora lighthouse",
        paragraphs: [
            "The Velmora lighthouse burns whale-free lamp oil in a brass lamp with seven wicks.",
            "The keeper of the Velmora lighthouse trims the seven wicks of the lamp at dusk.",
            "A lamp whose wicks are not trimmed smokes, and its light is lost in the haze.",
        ]),
    Page(
        name: "lighthouse/fog", title: "Fog signals at Velmora",
        paragraphs: [
            "In fog the keeper of the Velmora lighthouse rings the bronze bell twice a minute.",
            "The bronze bell is heard by ships at a distance of three miles when the air is calm.",
            "When the bell rope breaks, the keeper fires the signal cannon every ten minutes.",
        ]),
    Page(
        name: "lighthouse/storm", title: "Storms and the Velmora tower",
        paragraphs: [
            "The tower of the Velmora lighthouse survives storms because its wall is double.",
            "Between the two walls of the tower lies dry sand that takes up the push of the waves.",
            "After every storm the keeper measures how far the sand between the walls has sunk.",
        ]),
    Page(
        name: "lighthouse/keeper", title: "The keeper's log",
        paragraphs: [
            "The keeper of the Velmora lighthouse notes the weather in the log every three hours.",
            "A ship that passes Velmora at night is entered into the log with its course.",
            "The log is copied each spring and one copy is kept in the harbour office.",
        ]),
    Page(
        name: "lighthouse/supply", title: "How Velmora is supplied",
        paragraphs: [
            "The supply boat brings lamp oil to the Velmora lighthouse on the first of each month.",
            "In winter the supply boat cannot land, and oil for four months is stored in autumn.",
            "Barrels of oil are hoisted up the rock with a crane that two people turn.",
        ]),
    Page(
        name: "lighthouse/lens", title: "The lens",
        paragraphs: [
            "The lens of the Velmora lighthouse floats on mercury and turns with a clock.",
            "The clock that turns the lens is wound every four hours by the keeper on watch.",
            "A lens that stands still shows ships a fixed light, which they take for a star.",
        ]),
]

private let breadPages = [
    Page(
        name: "bread/starter", title: "The starter of Ostrel bread",
        paragraphs: [
            "Ostrel bread is raised with a starter of barley flour that is fed every evening.",
            "A starter that was not fed for two days turns sour and raises Ostrel bread badly.",
            "Bakers keep the starter in a clay pot in the coolest corner of the bakery.",
        ]),
    Page(
        name: "bread/kneading", title: "Kneading",
        paragraphs: [
            "The dough of Ostrel bread is kneaded three times with an hour of rest between.",
            "Dough that is kneaded only once tears when the loaf is shaped.",
        ]),
    Page(
        name: "bread/oven", title: "The oven",
        paragraphs: [
            "Ostrel bread is baked in a stone oven that was heated with beech wood overnight.",
            "The baker throws flour on the floor of the oven to see whether it is hot enough.",
        ]),
    Page(
        name: "bread/crust", title: "The crust",
        paragraphs: [
            "The crust of Ostrel bread is brushed with salt water before and after baking.",
            "Without salt water the crust of Ostrel bread stays pale and cracks at the sides.",
        ]),
    Page(
        name: "bread/storage", title: "Keeping bread",
        paragraphs: [
            "Ostrel bread keeps for nine days when it lies in linen with the cut side down.",
            "In a closed tin the crust of Ostrel bread becomes soft within a day.",
        ]),
    Page(
        name: "bread/feast", title: "The feast of bread",
        paragraphs: [
            "At the feast of bread each family of Ostrel carries its largest loaf to the square.",
            "The heaviest loaf of the feast is cut by the oldest baker and shared among all.",
        ]),
]
