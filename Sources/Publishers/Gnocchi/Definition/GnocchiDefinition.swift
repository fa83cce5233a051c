/// gnocchi_resources.yaml: what Gnocchi is to know of each meter, and the archive policies that are to be there.
public struct GnocchiDefinition: Sendable {
    /// Policies that are made if Gnocchi has none of their names.
    let archivePolicies: [ArchivePolicy]
    /// The resource types, in the order of the file.
    let resources: [ResourceDefinition]

    /// What a meter becomes: a metric of a resource of that type. `nil` if it is not handled. Of several definitions that
    /// name it exactly the last counts, as in Ceilometer; patterns count after all names, the first of them.
    func lookUp(_ meter: String) -> (resource: Int, metric: MetricDefinition)? {
        for (index, resource) in resources.enumerated().reversed() {
            if let metric = resource.metric(named: meter) { return (index, metric) }
        }
        for (index, resource) in resources.enumerated() {
            if let metric = resource.metric(matching: meter) { return (index, metric) }
        }
        return nil
    }

    /// Every archive policy that a metric may get.
    var policiesInUse: Set<String> {
        Set(resources.flatMap { $0.metrics.values.map(\.archivePolicy) + $0.patterns.map(\.metric.archivePolicy) })
    }

    /// The definition with one archive policy for every metric (`archive_policy` in a publisher's URL).
    func overriding(archivePolicy: String?) -> GnocchiDefinition {
        guard let archivePolicy else { return self }
        let metric = MetricDefinition(archivePolicy: archivePolicy)
        return GnocchiDefinition(
            archivePolicies: archivePolicies,
            resources: resources.map { resource in
                ResourceDefinition(
                    type: resource.type, metrics: resource.metrics.mapValues { _ in metric },
                    patterns: resource.patterns.map { ($0.pattern, metric) }, excluded: resource.excluded,
                    attributes: resource.attributes)
            })
    }
}
