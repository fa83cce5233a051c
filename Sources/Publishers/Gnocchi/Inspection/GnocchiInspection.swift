import Configuration
import Outbox
import Telemetry
import Transfer

/// Looks whether a Gnocchi is as a publisher of this host needs it, and changes nothing: what is missing, how late points
/// may come, and whether resources of this host were created by somebody else.
public struct GnocchiInspection: Sendable {
    /// The publisher's name (`Publisher.identity`).
    public let publisher: String
    private let upgrade: GnocchiUpgrade
    private let endpoint: any GnocchiEndpoint
    private let definition: GnocchiDefinition
    private let parameters: GnocchiParameters

    /// The inspection for a publisher's URL; `nil` if it is no publisher of Gnocchi's, its files were not read, or it needs
    /// Keystone and the context has none.
    public init?(url: String, context: PublisherContext) {
        guard let upgrade = GnocchiUpgrade(url: url, context: context) else { return nil }
        self.upgrade = upgrade
        publisher = upgrade.publisher
        endpoint = upgrade.endpoint
        definition = upgrade.definition
        parameters = upgrade.parameters
    }

    /// Goes through everything, for the host of that name. Ends at the first request that is not answered as it should be.
    public func run(host: String) async -> [InspectionFinding] {
        var findings: [InspectionFinding] = []
        do throws(GnocchiFailure) {
            let creator = try await endpoint.creator()
            findings += await lacks()
            guard !findings.contains(where: { $0.severity == .failure }) else { return findings }
            findings.append(.good("resource types and archive policies are there"))
            for policy in definition.policiesInUse.sorted() { findings += try await window(of: policy) }
            findings += try await filter()
            findings.append(try await compare(creator, host: host))
        } catch {
            findings.append(InspectionFinding(.failure, error.delivery.reason))
        }
        return findings
    }

    private func lacks() async -> [InspectionFinding] {
        await upgrade.run(isDryRun: true).compactMap { step in
            switch step.outcome {
            case .exists, .created: nil
            case .missing:
                InspectionFinding(.failure, "\(step.what) is missing; aerostat gnocchi-upgrade makes it")
            case .differs(let difference): InspectionFinding(.failure, "\(step.what): \(difference)")
            case .failed(let reason): InspectionFinding(.failure, "\(step.what): \(reason)")
            }
        }
    }

    private func filter() async throws(GnocchiFailure) -> [InspectionFinding] {
        if let project = try await endpoint.filteredProject() {
            return [.good("resources of the project \(project) are not sent (filter_project)")]
        }
        guard let filter = parameters.filter, parameters.place == .catalogue else { return [] }
        return [
            InspectionFinding(
                .warning,
                "filter_project: there is no project \(filter.project) in the domain \(filter.domain): all are sent; "
                    + "correct it, or write enable_filter_project=false into the publisher's URL")
        ]
    }

    /// What becomes of points that come late.
    private func window(of policy: String) async throws(GnocchiFailure) -> [InspectionFinding] {
        let answer = try await get(.archivePolicy(policy))
        guard case .integer(let window)? = answer["back_window"] else {
            return [InspectionFinding(.failure, "archive policy \(policy): the answer has no back_window")]
        }
        let granularities = (answer["definition"]?.elements ?? []).compactMap { $0["granularity"]?.text }
        let coarsest = granularities.max { PolicyTime($0) < PolicyTime($1) }.map { " of \($0)" } ?? ""
        return [
            .good(
                "archive policy \(policy): back_window \(window): a point is dropped in silence if it is older than "
                    + (window == 0
                        ? "the period\(coarsest) of the newest"
                        : "\(window) periods\(coarsest) before that of the newest"))
        ]
    }

    /// Whether disks and NICs of this host were created as we would create them: their ids depend on it.
    private func compare(_ ours: String?, host: String) async throws(GnocchiFailure) -> InspectionFinding {
        let instances = try await list(.living("instance", where: "host", is: host, limit: Self.mostInstances))
        let types = ["instance_disk", "instance_network_interface"].filter { type in
            definition.resources.contains { $0.type == type }
        }
        var others: [String: Int] = [:]
        var own = 0
        for instance in instances.compactMap({ $0["id"]?.text }) {
            for type in types {
                for device in try await list(.living(type, where: "instance_id", is: instance, limit: 100)) {
                    let creator = device["creator"]?.text
                    if creator == ours { own += 1 } else { others[creator ?? "nobody", default: 0] += 1 }
                }
            }
        }
        let us = ours.map { "as \($0)" } ?? "without a user"
        guard let most = others.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else {
            return .good(
                own > 0
                    ? "\(own) disks and NICs of \(host) were created by us (\(us))"
                    : "there are no disks or NICs of \(host) yet; we would create them \(us)")
        }
        let ownWords = own > 0 ? ", \(own) by us: they are doubled already" : ""
        return InspectionFinding(
            .warning,
            "\(others.values.reduce(0, +)) disks and NICs of \(host) were created by \(most.key)\(ownWords); we are there "
                + "\(us), and their ids depend on it: each would be there twice. Publish as the user and project that "
                + "Ceilometer used (\(parameters.place == .catalogue ? "[service_credentials]" : "the user in the publisher's URL"))"
        )
    }

    /// So many instances of a host tell enough.
    private static let mostInstances = 20

    private func list(_ request: GnocchiRequest) async throws(GnocchiFailure) -> [MetadataValue] {
        try await get(request).elements ?? []
    }

    private func get(_ request: GnocchiRequest) async throws(GnocchiFailure) -> MetadataValue {
        let response = try await endpoint.response(to: request)
        guard request.isDone(response) else {
            throw GnocchiFailure(delivery: endpoint.outcome(of: response, to: request, payload: nil))
        }
        do {
            return try MetadataValue(json: response.body)
        } catch {
            throw GnocchiFailure(
                delivery: .retry(
                    after: nil, reason: "the answer to \(request.path) is no JSON: \(error); see what stands between"))
        }
    }
}
