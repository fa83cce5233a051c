import Telemetry
import Transfer

/// Where a list goes on.
enum NextPage {
    /// The marker of the link `next`, percent-encoded as it stands there; `nil` if this page is the last.
    static func marker(_ links: MetadataValue?) -> String? {
        let next = links?.elements?.first { $0["rel"]?.text == "next" }?["href"]?.text
        guard let next, let mark = next.firstIndex(of: "?") else { return nil }
        let query = next[next.index(after: mark)...].prefix { $0 != "#" }
        return query.split(separator: "&").first { $0.hasPrefix("marker=") }.map { String($0.dropFirst(7)) }
    }
}
