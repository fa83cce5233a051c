public import Telemetry

/// What one cycle of a polling task yields.
public struct Cycle: Sendable {
    /// The samples, instance by instance.
    public let samples: [Sample]
    /// Every instance of the host, with the meters that it does not have, and why.
    public let instances: [InstanceReport]
    /// Domains that are no instance, or a broken one, and were not known to be so.
    public let news: [DomainNews]
    /// How many domains yield no instance at present.
    public let skipped: Int
}

/// What a cycle found of one instance.
public struct InstanceReport: Sendable, Hashable {
    /// Its UUID.
    public let uuid: String
    /// Nova's display name.
    public let displayName: String?
    /// The project's id.
    public let projectID: String?
    /// How many samples it yielded.
    public let samples: Int
    /// The meters that it did not yield.
    public let missing: [MissingMeter]

    /// This report with no missing meters but those of the names that are wanted.
    public func missing(only isWanted: (String) -> Bool) -> InstanceReport {
        InstanceReport(
            uuid: uuid, displayName: displayName, projectID: projectID, samples: samples,
            missing: missing.filter { isWanted($0.meter) })
    }

    /// This report and another task's of the same instance, as one.
    public func adding(_ other: InstanceReport) -> InstanceReport {
        InstanceReport(
            uuid: uuid, displayName: displayName, projectID: projectID, samples: samples + other.samples,
            missing: missing + other.missing.filter { !missing.contains($0) })
    }
}

/// A meter that an instance does not have in a cycle.
public struct MissingMeter: Sendable, Hashable {
    /// The meter's name.
    public let meter: String
    /// The disk or NIC, if the meter has one.
    public let device: String?
    /// Why.
    public let reason: MissingReason
}

/// A domain that is found to be no instance.
public struct DomainNews: Sendable, Hashable {
    /// Its UUID.
    public let uuid: String
    /// libvirt's name of it.
    public let name: String
    /// Why it yields no samples.
    public let problem: DiscoveryProblem
}
