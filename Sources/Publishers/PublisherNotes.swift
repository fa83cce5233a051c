import Synchronization
import Telemetry

/// Tells a publisher's notices, some of them once.
final class PublisherNotes: Sendable {
    private let publisher: String
    private let report: @Sendable (PublisherNotice) -> Void
    private let told = Mutex<Set<String>>([])

    /// What is told once is remembered up to here; then all may be told once more.
    private static let limit = 1000

    init(publisher: String, report: @escaping @Sendable (PublisherNotice) -> Void) {
        self.publisher = publisher
        self.report = report
    }

    /// Tells a notice.
    func tell(_ severity: PublisherNotice.Severity, _ text: String) {
        report(PublisherNotice(severity: severity, publisher: publisher, text: text.oneLine))
    }

    /// Tells a notice unless one of that key has been told.
    func once(_ key: String, _ severity: PublisherNotice.Severity, _ text: @autoclosure () -> String) {
        let isNew = told.withLock { told in
            if told.count >= Self.limit { told.removeAll() }
            return told.insert(key).inserted
        }
        if isNew { tell(severity, text()) }
    }

    /// What was told under that key may be told again.
    func clear(_ key: String) {
        _ = told.withLock { $0.remove(key) }
    }
}
