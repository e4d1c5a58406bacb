// What a review must catch. Each test breaks a good draft in one way.

import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct QualityTests {
    private func session() async throws -> (SessionRun, Draft) {
        let session = try await SessionRun(
            CorpusFixture.crashQuestion, try CorpusFixture.crashDocuments())
        return (session, try session.draft.payload.decode())
    }

    /// Replaces the first quotation of a draft.
    private func changing(_ draft: Draft, _ change: (inout Quotation) -> Void) -> Draft {
        var draft = draft
        for (index, block) in draft.sections[0].blocks.enumerated() {
            guard case .bullets(var items) = block,
                case .quotation(var quotation)? = items.first?.first
            else { continue }
            change(&quotation)
            items[0][0] = .quotation(quotation)
            draft.sections[0].blocks[index] = .bullets(items)
            return draft
        }
        return draft
    }

    /// One word of a quotation changed: "must" to "need not".
    @Test func aTamperedQuotation() async throws {
        let (session, draft) = try await session()
        let review = try await session.review(
            of: changing(draft) {
                $0.text = $0.text.replacing("a ", with: "no ", maxReplacements: 1)
            })
        #expect(review.misses.map(\.code) == ["not_verbatim"])
        #expect(review.score < 1)
        let verbatim = try #require(review.checks.first { $0.name == "verbatim" })
        #expect(verbatim.passed == verbatim.total - 1)
    }

    /// White space is the extraction's, not the source's.
    @Test func whiteSpaceDoesNotCount() async throws {
        let (session, draft) = try await session()
        let review = try await session.review(
            of: changing(draft) { $0.text = $0.text.replacing(" ", with: "\n  ") })
        #expect(review.misses.isEmpty)
    }

    /// True words, but of another source than the one cited.
    @Test func theWrongSource() async throws {
        let (session, draft) = try await session()
        let review = try await session.review(
            of: changing(draft) { $0.citation = draft.references.count })
        #expect(review.misses.map(\.code) == ["unresolved_citation"])
    }

    @Test func anUnresolvedCitation() async throws {
        let (session, draft) = try await session()
        let review = try await session.review(of: changing(draft) { $0.citation = 99 })
        #expect(review.misses.map(\.code) == ["unresolved_citation"])
        #expect(review.misses.map(\.citation) == [99])
    }

    /// A list of references padded with what nobody read.
    @Test func anUncitedSource() async throws {
        let (session, draft) = try await session()
        var padded = draft
        padded.references.append(
            DraftReference(
                number: draft.references.count + 1,
                source: Source(
                    locator: "sqlite/about.html", title: "About", kind: .documentation,
                    confidence: 1)))
        let review = try await session.review(
            of: padded, citations: CitationList(padded, style: .ieee))
        #expect(review.misses.map(\.code) == ["uncited_source"])
    }

    @Test func aRepeatedQuotation() async throws {
        let (session, draft) = try await session()
        var repeated = draft
        repeated.sections[0].blocks += draft.sections[0].blocks.filter { block in
            if case .bullets = block { true } else { false }
        }.prefix(1)
        let review = try await session.review(of: repeated)
        #expect(Set(review.misses.map(\.code)) == ["repeated_quotation"])
    }

    /// A quotation of a document that the session never extracted.
    @Test func aSourceThatNobodyRead() async throws {
        let (session, draft) = try await session()
        let review = try await session.review(
            of: changing(draft) { $0.source = "sqlite/invented.html" })
        #expect(review.misses.map(\.code).contains("source_not_read"))
    }

    /// A report that answers half of the question.
    @Test func aTermThatNoQuotationCovers() async throws {
        let (session, draft) = try await session()
        let result = try await SessionRun.run(
            QualityAgent(), "quality_review",
            session.extractions + [SessionRun.input("drafting", session.draft)],
            "How do SQLite and FoundationDB survive a crash?")
        let review: QualityReview = try result.payload.decode()
        #expect(review.misses.map(\.message) == ["No quotation speaks of FoundationDB."])
        #expect(!draft.quotations.isEmpty)
    }
}
