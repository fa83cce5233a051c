import Compute
import Configuration
import Hypervisor
import Outbox
import Publishers
import Telemetry
import Transfer

/// The agent's parts as its default configuration makes them.
enum Agent {
    static let rules = SampleRules(host: HostIdentity(host: "compute-17.example.org", sampleSource: "openstack"))

    /// Every meter that `*` selects.
    static var everyMeter: MeterSelection { MeterSelection(meters: MeterTable.names, rules: rules) }

    /// The publisher of a URL. Nothing is sent before something is delivered.
    static func publisher(_ url: String) throws -> any Publisher {
        var diagnostics = Diagnostics()
        var files = PublisherFiles()
        for problem in files.read(for: url, at: nil) where problem.severity == .error { throw Failure("\(problem)") }
        let context = PublisherContext(
            transfer: Transfer(), version: "benchmark", telemetrySecret: Secret("none"), files: files)
        guard let publisher = PublisherFactory(context: context).publisher(for: url, at: nil, into: &diagnostics) else {
            throw Failure("no publisher for \(url): \(diagnostics.all)")
        }
        return publisher
    }

    /// The samples of a cycle of every meter, when counters have grown before.
    static func samples(instances: Int) -> [Sample] {
        let host = Host(instances: instances)
        var poller = Poller(rules)
        var selection = everyMeter
        _ = poller.poll(host.reading(0), &selection)
        return poller.poll(host.reading(1), &selection).samples
    }
}

/// Why a scenario cannot be prepared or did not do what it is to do.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
