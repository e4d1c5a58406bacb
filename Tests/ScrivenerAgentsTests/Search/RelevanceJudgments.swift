// Questions of the kind that people ask of the two manuals of the example corpus, and the pages
// that answer them: `core` pages are on the subject, `related` pages have a passage on it. `s/wal`
// is `sqlite/wal.html`, `p/wal` is `postgresql/wal.html`.
//
// Each group was judged once, before its first run, from what the pages are about and not from what
// a search found; pages that are not listed count as off the subject, although some touch on it.
// The weights of the search were set on `tuning`. Words for `GeneralWords` were also taken from the
// questions of `validation`. `untouched` was judged last, and after it was run nothing changed but
// `CorpusSearch.standardDocuments` and `SourceSelector.minimumConfidence`, together and for the
// sake of other questions.

struct Judgment: Sendable, CustomStringConvertible {
    var question: String
    var core: Set<String>
    var related: Set<String>

    init(_ question: String, core: String, related: String) {
        self.question = question
        self.core = Self.paths(core)
        self.related = Self.paths(related)
    }

    var description: String { question }

    private static func paths(_ names: String) -> Set<String> {
        Set(
            names.split(separator: " ").map { name in
                (name.hasPrefix("s/") ? "sqlite/" : "postgresql/") + name.dropFirst(2) + ".html"
            })
    }
}

extension Judgment {
    static let tuning = [
        Judgment(
            "How do SQLite and PostgreSQL survive a crash?",
            core: """
                s/wal s/walformat s/psow s/howtocorrupt s/lockingv3 s/tempfiles p/wal-intro \
                p/wal-reliability p/wal-configuration p/wal-internals p/wal-async-commit
                """,
            related: """
                s/recovery s/isolation s/about p/non-durability p/continuous-archiving \
                p/backup-file p/server-shutdown p/wal p/runtime-config-wal p/storage-init \
                p/high-availability p/warm-standby p/warm-standby-failover p/hot-standby \
                s/backup
                """),
        Judgment(
            "What can corrupt an SQLite database?",
            core: """
                s/howtocorrupt
                """,
            related: """
                s/recovery s/psow s/lockingv3 s/useovernet s/faq s/wal s/mmap s/security \
                s/tempfiles s/isolation s/walformat s/schematab
                """),
        Judgment(
            "When should I use a partial index?",
            core: """
                p/indexes-partial
                """,
            related: """
                p/indexes-intro p/indexes p/indexes-unique p/indexes-expressional \
                p/indexes-examine p/indexes-index-only-scans p/indexes-types s/queryplanner \
                s/expridx p/indexes-multicolumn p/indexes-bitmap-scans p/indexes-ordering \
                p/indexes-opclass p/ddl-constraints
                """),
        Judgment(
            "How does PostgreSQL replicate data to a standby?",
            core: """
                p/warm-standby p/hot-standby p/different-replication-solutions \
                p/high-availability
                """,
            related: """
                p/logical-replication p/logical-replication-subscription \
                p/logical-replication-publication p/logical-replication-architecture \
                p/logical-replication-quick-setup p/logical-replication-config \
                p/logical-replication-conflicts p/logical-replication-monitoring \
                p/logical-replication-restrictions p/logical-replication-row-filter \
                p/logical-replication-col-lists p/continuous-archiving p/warm-standby-failover \
                p/runtime-config-wal p/monitoring-stats
                """),
        Judgment(
            "Can several processes write to the same SQLite database?",
            core: """
                s/lockingv3 s/wal s/faq s/isolation
                """,
            related: """
                s/whentouse s/useovernet s/sharedcache s/howtocorrupt s/unlock_notify \
                s/walformat s/different s/mmap s/backup
                """),
        Judgment(
            "How is VACUUM different from autovacuum?",
            core: """
                p/routine-vacuuming p/runtime-config-autovacuum
                """,
            related: """
                p/storage-vm p/storage-fsm p/maintenance p/runtime-config-resource p/storage-hot \
                p/monitoring-stats p/planner-stats p/planner-stats-details p/brin-intro \
                p/gin-implementation p/gin-tips p/populate s/faq s/tempfiles \
                p/indexes-index-only-scans
                """),
        Judgment(
            "What happens when the disk is full?",
            core: """
                p/disk-full
                """,
            related: """
                p/diskusage p/continuous-archiving p/runtime-config-wal p/wal-configuration \
                p/warm-standby s/tempfiles p/backup-dump s/wal p/runtime-config-resource \
                p/routine-vacuuming p/maintenance
                """),
        Judgment(
            "Why does the query planner choose a sequential scan?",
            core: """
                p/using-explain p/indexes-examine
                """,
            related: """
                p/planner-stats p/planner-stats-details p/parallel-plans p/indexes-intro \
                p/indexes-multicolumn s/queryplanner s/eqp p/indexes-index-only-scans \
                p/indexes-bitmap-scans p/indexes-ordering p/performance-tips \
                p/when-can-parallel-query-be-used p/how-parallel-query-works p/indexes-partial \
                p/explicit-joins p/parallel-query p/brin-intro p/indexes-types
                """),
        Judgment(
            "How do readers and writers block each other in SQLite and PostgreSQL?",
            core: """
                s/lockingv3 s/wal s/isolation s/sharedcache p/mvcc-intro p/explicit-locking \
                p/transaction-iso
                """,
            related: """
                p/mvcc p/mvcc-caveats p/monitoring-locks s/unlock_notify s/faq s/whentouse \
                s/walformat p/mvcc-serialization-failure-handling s/different p/hot-standby \
                s/backup
                """),
        Judgment(
            "How do I make a backup of a running PostgreSQL server?",
            core: """
                p/backup p/backup-dump p/backup-file p/continuous-archiving
                """,
            related: """
                p/backup-manifest-files p/backup-manifest-format p/backup-manifest-toplevel \
                p/backup-manifest-wal-ranges p/warm-standby p/upgrading p/hot-standby \
                p/high-availability p/runtime-config-wal
                """),
        Judgment(
            "What are generated columns and how are they stored?",
            core: """
                s/gencol
                """,
            related: """
                s/quirks s/schematab s/expridx s/deterministic p/logical-replication-col-lists \
                p/logical-replication-row-filter p/ddl-partitioning p/indexes-expressional \
                s/datatype3 s/stricttables
                """),
        Judgment(
            "How do foreign keys work in SQLite?",
            core: """
                s/foreignkeys
                """,
            related: """
                s/faq s/quirks p/ddl-constraints s/sessionintro s/security
                """),
        Judgment(
            "How are large values stored in PostgreSQL?",
            core: """
                p/storage-toast
                """,
            related: """
                p/storage-page-layout p/storage-file-layout p/storage p/diskusage \
                p/btree-implementation p/storage-hot p/planner-stats p/tableam
                """),
        Judgment(
            "How can I make bulk inserts faster?",
            core: """
                p/populate s/faq
                """,
            related: """
                p/non-durability p/wal-async-commit p/runtime-config-wal \
                p/runtime-config-resource p/gin-tips p/performance-tips p/gist-implementation \
                p/wal-configuration p/gin-implementation p/hash-intro s/fasterthanfs
                """),
    ]

    static let validation = [
        Judgment(
            "How does SQLite decide which type a column has?",
            core: """
                s/datatype3
                """,
            related: """
                s/flextypegood s/stricttables s/quirks s/faq s/different s/gencol s/rowvalue \
                s/withoutrowid s/floatingpoint s/autoinc s/nulls
                """),
        Judgment(
            "Is it safe to use SQLite over a network filesystem?",
            core: """
                s/useovernet
                """,
            related: """
                s/whentouse s/howtocorrupt s/lockingv3 s/wal s/faq s/mmap s/vfs s/different \
                s/about
                """),
        Judgment(
            "How do I upgrade to a new major version of PostgreSQL?",
            core: """
                p/upgrading
                """,
            related: """
                p/logical-replication p/backup-dump p/different-replication-solutions p/backup \
                p/warm-standby p/high-availability p/server-shutdown \
                p/logical-replication-restrictions p/planner-stats p/routine-reindex
                """),
        Judgment(
            "Which lock modes conflict with each other in PostgreSQL?",
            core: """
                p/explicit-locking
                """,
            related: """
                p/monitoring-locks p/mvcc p/mvcc-intro p/transaction-iso p/hot-standby \
                p/mvcc-caveats p/monitoring-stats p/routine-vacuuming \
                p/mvcc-serialization-failure-handling
                """),
        Judgment(
            "How does PostgreSQL estimate the number of rows that a query returns?",
            core: """
                p/planner-stats p/planner-stats-details
                """,
            related: """
                p/using-explain p/planner-stats-security p/explicit-joins p/routine-vacuuming \
                p/populate p/performance-tips p/runtime-config-autovacuum p/indexes-expressional \
                p/gin-tips p/gin-extensibility p/gist-extensibility
                """),
        Judgment(
            "How can an application defend itself against malicious database files and "
                + "SQL injection?",
            core: """
                s/security
                """,
            related: """
                s/loadext s/bindptr s/appfunc s/howtocorrupt s/recovery s/faq s/qmplan \
                s/schematab s/appfileformat s/quirks s/vtablist
                """),
        Judgment(
            "What happens to running transactions when the server is shut down?",
            core: """
                p/server-shutdown
                """,
            related: """
                p/wal-configuration p/wal-intro p/wal-reliability p/wal-async-commit \
                p/server-start p/hot-standby p/warm-standby p/upgrading p/non-durability \
                p/storage-init p/continuous-archiving p/backup-file p/warm-standby-failover \
                p/runtime-config-wal p/explicit-locking p/wal-internals
                """),
        Judgment(
            "Why is SQLite written in C?",
            core: """
                s/whyc
                """,
            related: """
                s/about s/cintro s/assert s/arch s/howitworks s/different s/loadext \
                s/fasterthanfs
                """),
        Judgment(
            "Which index type suits full text search?",
            core: """
                p/indexes-types p/gin-intro
                """,
            related: """
                p/gin p/gin-builtin-opclasses p/gin-examples p/gin-tips p/gin-implementation \
                p/gist p/gist-intro p/gist-examples p/gist-builtin-opclasses p/indexes \
                p/btree-gin p/gin-limit p/indexes-intro s/vtablist s/faq p/indexes-multicolumn \
                p/indexes-opclass p/gin-extensibility p/gist-extensibility p/btree-gist \
                p/indexes-ordering
                """),
        Judgment(
            "How does a parallel query share its work among workers?",
            core: """
                p/how-parallel-query-works p/parallel-plans
                """,
            related: """
                p/parallel-query p/when-can-parallel-query-be-used p/parallel-safety \
                p/runtime-config-resource p/using-explain p/monitoring-stats p/routine-vacuuming \
                p/performance-tips p/runtime-config-autovacuum
                """),
        Judgment(
            "How do SQLite and PostgreSQL isolate transactions from each other?",
            core: """
                s/isolation p/transaction-iso
                """,
            related: """
                s/lockingv3 s/wal s/sharedcache p/mvcc p/mvcc-intro p/mvcc-caveats \
                p/mvcc-serialization-failure-handling p/explicit-locking s/walformat s/faq \
                p/hot-standby s/unlock_notify p/ddl-constraints
                """),
        Judgment(
            "How do I find out which sessions are waiting for a lock?",
            core: """
                p/monitoring-locks
                """,
            related: """
                p/monitoring-stats p/explicit-locking s/unlock_notify p/monitoring-ps \
                p/monitoring p/hot-standby p/mvcc p/transaction-iso \
                p/mvcc-serialization-failure-handling
                """),
        Judgment(
            "When is SQLite the wrong choice?",
            core: """
                s/whentouse
                """,
            related: """
                s/about s/useovernet s/different s/faq s/appfileformat s/np1queryprob s/quirks \
                s/flextypegood s/whyc
                """),
    ]

    static let untouched = [
        Judgment(
            "What is the difference between GIN and GiST indexes?",
            core: """
                p/gin-intro p/gist-intro p/indexes-types
                """,
            related: """
                p/gin p/gin-builtin-opclasses p/gin-examples p/gin-tips p/gin-implementation \
                p/gin-limit p/gin-extensibility p/gist p/gist-examples p/gist-builtin-opclasses \
                p/gist-extensibility p/gist-implementation p/btree-gin p/btree-gist \
                p/indexes-multicolumn p/indexes-ordering p/indexes-opclass p/indexes
                """),
        Judgment(
            "How do I read the output of EXPLAIN?",
            core: """
                p/using-explain s/eqp
                """,
            related: """
                p/planner-stats p/performance-tips p/indexes-examine p/parallel-plans \
                s/queryplanner p/planner-stats-details p/how-parallel-query-works
                """),
        Judgment(
            "What does a checkpoint do?",
            core: """
                p/wal-configuration s/wal
                """,
            related: """
                p/runtime-config-wal s/walformat p/wal-intro p/wal-internals p/monitoring-stats \
                p/server-shutdown p/continuous-archiving p/non-durability p/populate \
                p/runtime-config-resource p/wal-reliability p/backup-file p/hot-standby \
                p/warm-standby
                """),
        Judgment(
            "How does SQLite store NULL values and booleans?",
            core: """
                s/datatype3
                """,
            related: """
                s/nulls s/quirks s/flextypegood s/stricttables s/faq s/different s/withoutrowid \
                s/rowvalue s/autoinc
                """),
        Judgment(
            "How do I partition a large table in PostgreSQL?",
            core: """
                p/ddl-partitioning
                """,
            related: """
                p/logical-replication-publication p/logical-replication-restrictions \
                p/routine-vacuuming p/parallel-plans p/indexes-partial p/ddl-constraints \
                p/logical-replication-row-filter p/populate p/brin-intro \
                p/logical-replication-col-lists
                """),
        Judgment(
            "How can I undo changes in an application built on SQLite?",
            core: """
                s/undoredo
                """,
            related: """
                s/sessionintro s/appfileformat s/lockingv3 s/wal s/whentouse s/isolation
                """),
        Judgment(
            "Where does PostgreSQL keep the files of a database?",
            core: """
                p/storage-file-layout
                """,
            related: """
                p/creating-cluster p/storage p/storage-fsm p/storage-vm p/storage-init \
                p/storage-page-layout p/diskusage p/backup-file p/wal-internals p/storage-toast \
                p/server-start p/upgrading p/continuous-archiving
                """),
        Judgment(
            "Can an SQLite query run while another connection changes the table?",
            core: """
                s/isolation
                """,
            related: """
                s/wal s/lockingv3 s/sharedcache s/unlock_notify s/faq s/backup s/howtocorrupt \
                s/walformat
                """),
    ]
}
