public import Telemetry

/// What one cycle of a polling task yields.
public struct Cycle: Sendable {
    /// The samples, instance by instance.
    public let samples: [Sample]
    /// Every instance of the host, with the meters that it does not have, and why.
    public let instances: [InstanceReport]
    /// Domains that are no instance, or a broken one, and were not known to be so.
    public let news: [DomainNews]
    /// Every domain that yields no instance at present.
    public let unpolled: [DomainNews]
}

/// What a cycle found of one instance.
public struct InstanceReport: Sendable, Hashable {
    /// Its display name, libvirt's name and UUID.
    public let name: InstanceName
    /// The project's id.
    public let projectID: String?
    /// How many samples it yielded.
    public let samples: Int
    /// The meters that it did not yield.
    public let missing: [MissingMeter]
    private let setup: GuestSetup?

    /// A report. The explanations of missing figures depend on `setup`.
    public init(
        name: InstanceName, projectID: String?, samples: Int, missing: [MissingMeter], setup: GuestSetup? = nil
    ) {
        self.name = name
        self.projectID = projectID
        self.samples = samples
        self.missing = missing
        self.setup = setup
    }

    /// Its UUID.
    public var uuid: String { name.uuid }
    /// Nova's display name.
    public var displayName: String? { name.displayName }

    /// The reason why a meter is missing, with the remedy, in one line without the instance's name.
    public func explanation(of missing: MissingMeter) -> String { missing.reason.text(for: setup) }

    /// This report with no missing meters but those of the names that are wanted.
    public func missing(only isWanted: (String) -> Bool) -> InstanceReport {
        InstanceReport(
            name: name, projectID: projectID, samples: samples, missing: missing.filter { isWanted($0.meter) },
            setup: setup)
    }

    /// This report and another task's of the same instance, as one.
    public func adding(_ other: InstanceReport) -> InstanceReport {
        InstanceReport(
            name: name, projectID: projectID, samples: samples + other.samples,
            missing: missing + other.missing.filter { !missing.contains($0) }, setup: setup)
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

/// A domain that yields no instance.
public struct DomainNews: Sendable, Hashable {
    /// Its UUID.
    public let uuid: String
    /// libvirt's name of it.
    public let name: String
    /// Why it yields no samples.
    public let problem: DiscoveryProblem

    /// A domain of that UUID and name with its problem.
    public init(uuid: String, name: String, problem: DiscoveryProblem) {
        self.uuid = uuid
        self.name = name
        self.problem = problem
    }

    /// Its name in logs and messages.
    public var instanceName: InstanceName { InstanceName(displayName: nil, libvirtName: name, uuid: uuid) }
}
