// Files that are looked at again, and cannot always be taken.

import Testing

@testable import ScrivenerSecurity

@Suite struct FileWatchTests {
    /// A token is taken back while the process has no descriptor left. The file does not change again: it is
    /// news all the same until it could be taken, and people hear of it once.
    @Test func whatCouldNotBeTakenStaysNews() throws {
        let folder = try Folder()
        let path = folder.path("file")
        try SecretFile.write([1], to: path)
        var watch = FileWatch(taken: [FileStamp(of: path)])
        #expect(!watch.isNews([FileStamp(of: path)]))
        try SecretFile.write([1, 2], to: path, replacing: true)
        let changed = [FileStamp(of: path)]
        #expect(watch.isNews(changed))
        #expect(watch.fail(changed) == true)
        #expect(watch.isNews(changed))
        #expect(watch.fail(changed) == false)
        watch.take(changed)
        #expect(!watch.isNews(changed))
        // Gone, which cannot be taken either, and there again as it was.
        #expect(watch.isNews([nil]) && watch.fail([nil]) == true)
        #expect(!watch.isNews(changed))
    }
}
