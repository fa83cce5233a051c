import Configuration
import Telemetry

/// Tells of meters in polling.yaml that this agent cannot poll. Those that Ceilometer polls elsewhere, such as the eighteen
/// `hardware.*` of Debian's file, share one line.
struct UnknownMeters {
    private let known: PollableMeters
    private var count = 0
    private var elsewhere: [(pattern: String, location: SourceLocation)] = []

    init(besides known: PollableMeters) {
        self.known = known
    }

    /// Judges the meters of a source.
    mutating func judge(_ list: YAMLNode, into diagnostics: inout Diagnostics) {
        for (text, location) in list.texts(of: "meters", what: "names", into: &diagnostics) ?? [] {
            count += 1
            let pattern = text.hasPrefix("!") ? String(text.dropFirst()) : text
            guard !pattern.isEmpty, !known.isSelected(by: pattern) else { continue }
            let glob = Glob(pattern)
            let isPattern = pattern.isMeterPattern
            let named = known.onRequest.filter(glob.matches)
            if isPattern, !named.isEmpty {
                diagnostics.warning(
                    at: location,
                    "the pattern \(pattern.redactedExcerpt) selects no meter; \(named.joined(separator: ", ")) must be "
                        + "named in full")
            } else if CeilometerMeters.isElsewhere(pattern) {
                elsewhere.append((pattern, location))
            } else {
                diagnostics.warning(
                    at: location,
                    isPattern
                        ? "the pattern \(pattern.redactedExcerpt) matches no meter of this agent\(known.hint(for: pattern))"
                        : "this agent has no meter \(pattern.redactedExcerpt)\(known.hint(for: pattern))")
            }
        }
    }

    /// Tells of those that Ceilometer polls elsewhere.
    func tell(into diagnostics: inout Diagnostics) {
        guard let first = elsewhere.first else { return }
        guard elsewhere.count > 1 else {
            diagnostics.warning(at: first.location, "this agent has no meter \(first.pattern.redactedExcerpt)")
            return
        }
        var families: [(name: String, count: Int)] = []
        for (pattern, _) in elsewhere {
            let name = String(pattern.prefix { $0 != "." }) + (pattern.contains(".") ? ".*" : "")
            if let index = families.firstIndex(where: { $0.name == name }) {
                families[index].count += 1
            } else {
                families.append((name, 1))
            }
        }
        let shown = families.map { $0.count > 1 ? "\($0.name) (\($0.count))" : $0.name }.joined(separator: ", ")
        diagnostics.warning(
            at: first.location,
            "\(elsewhere.count) of \(count) meters are not polled: Ceilometer has them, this agent has not: \(shown)")
    }
}

/// Meters of Ceilometer that are not of libvirt, or that it no longer has.
enum CeilometerMeters {
    /// What Ceilometer's central and IPMI agents poll, and what its SNMP pollsters did until 2023: all under such a name.
    private static let families = [
        "alarm.", "compute.node.", "dns.", "hardware.", "image", "ip.floating", "loadbalancer.", "manila.",
        "network.services.", "port", "radosgw.", "snmp.", "storage.", "switch", "volume.",
    ]

    /// Pollsters of Ceilometer's compute agent that libvirt never served, or that were removed.
    private static let former: Set = [
        "cpu.delta", "cpu_l3_cache", "cpu_util", "disk.allocation", "disk.capacity", "disk.device.iops",
        "disk.device.latency", "disk.device.read.bytes.rate", "disk.device.read.requests.rate",
        "disk.device.write.bytes.rate", "disk.device.write.requests.rate", "disk.iops", "disk.latency",
        "disk.read.bytes", "disk.read.bytes.rate", "disk.read.requests", "disk.read.requests.rate", "disk.usage",
        "disk.write.bytes", "disk.write.bytes.rate", "disk.write.requests", "disk.write.requests.rate", "instance",
        "memory.bandwidth.local", "memory.bandwidth.total", "network.incoming.bytes.rate",
        "network.incoming.packets.rate", "network.outgoing.bytes.rate", "network.outgoing.packets.rate",
    ]

    /// Whether a name or pattern is of such meters.
    static func isElsewhere(_ pattern: String) -> Bool {
        if former.contains(pattern) || families.contains(where: pattern.hasPrefix) { return true }
        guard pattern.isMeterPattern else { return false }
        let glob = Glob(pattern)
        return former.contains(where: glob.matches)
    }
}

extension PollableMeters {
    /// Whether a name or pattern of polling.yaml selects any.
    func isSelected(by pattern: String) -> Bool {
        let glob = Glob(pattern)
        return names.contains(where: glob.matches) || onRequest.contains(pattern)
    }

    /// `; did you mean …?` for a name or pattern that selects none, if one is near enough.
    func hint(for pattern: String) -> String {
        let all = names + onRequest
        guard pattern.isMeterPattern else { return NearMiss.hint(for: pattern, among: all) }
        // Of `memroy.*`, the part that is no pattern is near to what some meters begin with.
        let head = String(pattern.prefix { !"*?[".contains($0) })
        let stem = head.hasSuffix(".") ? String(head.dropLast()) : head
        guard let nearest = NearMiss.nearest(to: stem, among: stems(of: all)), !stems(of: all).contains(stem) else {
            return ""
        }
        let rest = pattern.dropFirst(stem.count)
        // What no meter's name can hold is not repeated: it may break the line, or be a password.
        guard rest.utf8.allSatisfy({ $0 < 0x7F && $0 > 0x20 && !"/:@\\\"'".utf8.contains($0) }) else { return "" }
        return "; did you mean \(nearest)\(rest)?"
    }

    /// What names begin with, up to any full stop: `memory`, `memory.swap`, …
    private func stems(of names: [String]) -> Set<String> {
        var stems: Set<String> = []
        for name in names {
            for (index, character) in zip(name.indices, name) where character == "." {
                stems.insert(String(name[..<index]))
            }
            stems.insert(name)
        }
        return stems
    }
}

extension String {
    /// Whether it is a pattern, and no name.
    var isMeterPattern: Bool { contains { "*?[".contains($0) } }
}
