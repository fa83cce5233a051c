public import Compute
import Configuration
import Pipeline
import Telemetry

/// The instances of a command line: by display name, libvirt's name or UUID, in any case of letters, by the beginning
/// of a UUID that no other has, or by a pattern of any of these.
public struct InstanceSelection: Sendable {
    /// What was written; empty: every instance.
    public let texts: [String]

    /// The least hexadecimal digits that count as the beginning of a UUID: shorter ones are words by chance.
    private static let shortestPrefix = 4

    /// The selection of those texts.
    public init(_ texts: [String]) {
        self.texts = texts
    }

    /// Whether every instance is selected.
    public var isEmpty: Bool { texts.isEmpty }

    /// What the texts come to.
    public struct Resolution: Sendable, Hashable {
        /// The UUIDs of the instances that are meant.
        public var uuids: Set<String> = []
        /// The texts that mean none, each with a line that says so.
        public var unmatched: [String: String] = [:]
        /// A line for each text that means several where it must mean one.
        public var ambiguous: [String] = []
    }

    /// Looks for the texts among a host's instances and domains.
    public func resolve(among names: [InstanceName]) -> Resolution {
        var resolution = Resolution()
        for text in texts {
            let found = Self.matches(text, names)
            if !found.isEmpty {
                resolution.uuids.formUnion(found.map(\.uuid))
                continue
            }
            let begun = Self.begun(by: text, names)
            if begun.count == 1 {
                resolution.uuids.formUnion(begun.map(\.uuid))
            } else if begun.count > 1 {
                let shown = begun.prefix(3).map { "\($0)" }.joined(separator: ", ") + (begun.count > 3 ? ", …" : "")
                resolution.ambiguous.append(
                    "\(text.excerpt) is the beginning of \(begun.count) UUIDs (\(shown)); give more of it")
            } else if Self.isPattern(text) {
                resolution.unmatched[text] = "no instance matches \(text.excerpt) among \(names.count)"
            } else {
                let candidates = Set(names.flatMap { [$0.displayName, $0.libvirtName, $0.uuid].compactMap { $0 } })
                resolution.unmatched[text] =
                    "no instance \(text.excerpt) among \(names.count)" + NearMiss.hint(for: text, among: candidates)
            }
        }
        return resolution
    }

    private static func matches(_ text: String, _ names: [InstanceName]) -> [InstanceName] {
        let exact = names.filter { $0.spellings.contains(text) }
        guard exact.isEmpty else { return exact }
        let folded = text.lowercased()
        let same = names.filter { $0.spellings.contains { $0.lowercased() == folded } }
        guard same.isEmpty, isPattern(text) else { return same }
        let glob = Glob(folded)
        return names.filter { $0.spellings.contains { glob.matches($0.lowercased()) } }
    }

    private static func begun(by text: String, _ names: [InstanceName]) -> [InstanceName] {
        let digits = text.lowercased().filter { $0 != "-" }
        guard digits.count >= shortestPrefix, digits.allSatisfy(\.isHexDigit) else { return [] }
        return names.filter { $0.uuid.filter { $0 != "-" }.hasPrefix(digits) }
    }

    private static func isPattern(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }
}

extension InstanceName {
    fileprivate var spellings: [String] { [displayName, libvirtName, uuid].compactMap { $0 } }
}

extension AgentConfiguration {
    /// Why there can be no sample of a meter, or of any that matches a pattern; `nil` if there can.
    public func problem(ofMeter pattern: String) -> String? {
        guard !pattern.hasPrefix("!") else { return nil }
        let glob = Glob(pattern)
        let polled = Set(tasks.flatMap(\.meters))
        let made = pipelines.pipelines.flatMap { pipeline in
            pipeline.transformers.meters(
                from: MeterTable.meters.filter { polled.contains($0.name) && pipeline.meters.matches($0.name) }
            ).map(\.name)
        }
        guard !polled.contains(where: glob.matches), !made.contains(where: glob.matches) else { return nil }
        let known = MeterTable.names + MeterTable.namesOnRequest
        let isPattern = pattern.contains { "*?[".contains($0) }
        if known.contains(where: glob.matches) {
            let file = pollingOrigin == .pipelineFile ? "pipeline.yaml" : "polling.yaml"
            guard !isPattern else {
                return "no meter that matches \(pattern.excerpt) is polled: no source of \(file) selects one"
            }
            let how =
                MeterTable.namesOnRequest.contains(pattern) ? "; name it there in full, as * does not select it" : ""
            return "meter \(pattern) is not polled: no source of \(file) selects it\(how)"
        }
        guard !isPattern else { return "no meter matches \(pattern.excerpt)" }
        return "no meter \(pattern.excerpt)" + NearMiss.hint(for: pattern, among: known + made)
    }
}
