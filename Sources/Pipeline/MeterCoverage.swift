public import Configuration
import Telemetry

/// Warnings where polling.yaml and pipeline.yaml miss each other: meters polled in vain, and pipelines of unpolled meters.
public enum MeterCoverage {
    /// Warnings of sources of pipeline.yaml that take nothing, of names in it that are probably misspelt, and of meters
    /// that no pipeline takes.
    public static func warnings(
        of polling: PollingDefinition, and pipelines: PipelineDefinition, knownMeters: PollableMeters
    ) -> Diagnostics {
        var diagnostics = Diagnostics()
        var polled: [String] = []
        for meter in polling.sources.flatMap({ knownMeters.selected(by: $0.meters) }) where !polled.contains(meter) {
            polled.append(meter)
        }
        for source in pipelines.sources { warnOfMisspelt(in: source, knownMeters, into: &diagnostics) }
        // That nothing is polled, or that there is no source, is told by itself.
        guard !polled.isEmpty, !pipelines.sources.isEmpty else { return diagnostics }
        for source in pipelines.sources where !polled.contains(where: source.meters.matches) {
            diagnostics.warning(
                at: source.location,
                "source \(source.name.redactedExcerpt) takes none of the polled meters, so its sinks get nothing; "
                    + "polled are \(list(polled))")
        }
        for source in polling.sources {
            let selected = knownMeters.selected(by: source.meters)
            let untaken = selected.filter { meter in !pipelines.sources.contains { $0.meters.matches(meter) } }
            guard !untaken.isEmpty else { continue }
            diagnostics.warning(
                at: source.location,
                "source \(source.name.redactedExcerpt) polls \(untaken.count) of its \(selected.count) meters in vain: "
                    + "no pipeline takes \(list(untaken)); add them to a source of pipeline.yaml, or do not poll them")
        }
        return diagnostics
    }

    private static func warnOfMisspelt(
        in source: PipelineDefinition.Source, _ known: PollableMeters, into diagnostics: inout Diagnostics
    ) {
        for written in source.patterns {
            let pattern = written.value.hasPrefix("!") ? String(written.value.dropFirst()) : written.value
            let glob = Glob(pattern)
            // pipeline.yaml may well take what other agents poll: only what looks like a slip is told.
            guard !pattern.isEmpty, !known.names.contains(where: glob.matches),
                !known.onRequest.contains(where: glob.matches), !CeilometerMeters.isElsewhere(pattern)
            else { continue }
            let hint = known.hint(for: pattern)
            guard !hint.isEmpty else { continue }
            diagnostics.warning(at: written.location, "no meter is called \(pattern.redactedExcerpt)\(hint)")
        }
    }

    private static func list(_ meters: [String]) -> String {
        meters.prefix(6).joined(separator: ", ") + (meters.count > 6 ? ", … (\(meters.count) in all)" : "")
    }
}
